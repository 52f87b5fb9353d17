//! The simulated field: what it indicates, and what it says on the wire.

mod it {
    mod faults;
    mod mqtt;
    mod program;
    mod refused;
    mod rtu;
    mod site;
    mod tcp;
}
