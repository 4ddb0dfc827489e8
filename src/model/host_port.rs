//! Fixed ports on container instances (CON-17, CON-18).

/// The transport protocol of a port.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Protocol {
    /// TCP.
    Tcp,
    /// UDP.
    Udp,
}

/// A fixed port of a host, which one task holds at a time (CON-18).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct HostPort {
    /// 1 to 65,535.
    pub number: u16,
    /// TCP and UDP ports of one number are two ports.
    pub protocol: Protocol,
}

/// TCP ports that no task gets: ssh, Docker, the agent (INS-3).
pub const RESERVED_TCP_PORTS: [u16; 6] = [22, 2375, 2376, 51_678, 51_679, 51_680];

/// How many ports an instance can have reserved at once, the ones above included (CON-18).
pub const MAX_RESERVED_PORTS: usize = 100;

/// Whether an instance on which tasks hold `held` could give `wanted` to one more task.
#[must_use]
pub fn are_free(held: &[HostPort], wanted: &[HostPort]) -> bool {
    let reserved =
        |port: &HostPort| port.protocol == Protocol::Tcp && RESERVED_TCP_PORTS.contains(&port.number);
    RESERVED_TCP_PORTS.len() + held.len() + wanted.len() <= MAX_RESERVED_PORTS
        && !wanted.iter().any(|port| reserved(port) || held.contains(port))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tcp(number: u16) -> HostPort {
        HostPort { number, protocol: Protocol::Tcp }
    }

    /// CON-18: a number is taken once for each protocol.
    #[test]
    fn a_port_is_free_for_the_other_protocol() {
        let udp = HostPort { protocol: Protocol::Udp, ..tcp(80) };
        assert!(!are_free(&[tcp(80)], &[tcp(80)]) && are_free(&[tcp(80)], &[udp]));
    }

    /// INS-3: ssh, both of Docker and three of the agent; none by UDP.
    #[test]
    fn the_ports_of_the_system_are_never_free() {
        for number in [22, 2375, 2376, 51_678, 51_679, 51_680] {
            let udp = HostPort { number, protocol: Protocol::Udp };
            assert!(!are_free(&[], &[tcp(number)]) && are_free(&[], &[udp]), "{number}");
        }
    }

    /// CON-18: 100 − 6 reserved ones = 94.
    #[test]
    fn tasks_hold_at_most_94_ports_of_an_instance() {
        let held: Vec<_> = (1000..1093).map(tcp).collect();
        assert!(are_free(&held, &[tcp(80)]) && !are_free(&held, &[tcp(80), tcp(81)]));
    }
}
