//! The collector against lines, gateways and disks that misbehave.

mod bus;
mod foreign;
mod gateway;
mod line;
mod orders;
mod outage;
mod program;
mod slave;
mod speed;
mod spool;
