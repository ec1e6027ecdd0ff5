//! The door out, tried on servers of our own.

#[cfg(test)]
mod server;

#[cfg(test)]
mod alone;

#[cfg(test)]
mod calls;

#[cfg(test)]
mod door;

#[cfg(test)]
mod shipped;
