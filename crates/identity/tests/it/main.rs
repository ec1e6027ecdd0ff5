//! Identity through its front door, on real stores.

#[cfg(test)]
mod accounts;
#[cfg(test)]
mod engines;
#[cfg(test)]
mod fence;
#[cfg(test)]
mod hands;
#[cfg(test)]
mod keys;
#[cfg(test)]
mod logins;
#[cfg(test)]
mod permits;
#[cfg(test)]
mod platform;
#[cfg(test)]
mod roles;
#[cfg(test)]
mod separation;
