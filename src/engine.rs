//! The simulation: the loop, the events and the one door for requests.
