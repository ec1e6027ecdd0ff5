//! Security through its front door, on a real store.

#[cfg(test)]
mod front;
