//! How long requests take: an estimate from what is asked and who serves.

/// The mean time of a request, from its arrival to its answer.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Response {
    /// Milliseconds; infinite where nobody serves.
    pub mean_ms: f64,
    /// Whether more is asked than can be served: then it is that of a backlog that grows for a minute.
    pub saturated: bool,
}

impl Response {
    /// For `arrivals` a second at `tasks` that each serve `rate` a second.
    ///
    /// Below saturation the tasks are the servers of a queue with Poisson arrivals and exponential service (Erlang C), which is
    /// optimistic where requests come in bursts. Above it the backlog is a fluid: it grows by `arrivals - tasks × rate` a second,
    /// and a request of the middle of the minute waits for half of the minute's backlog.
    #[must_use]
    pub fn estimate(arrivals: f64, rate: f64, tasks: u32) -> Response {
        let service_s = 1.0 / rate;
        let room = rate * f64::from(tasks);
        if tasks == 0 {
            return Response { mean_ms: f64::INFINITY, saturated: true };
        }
        if arrivals >= room {
            let wait_s = (arrivals - room) * 30.0 / room;
            return Response { mean_ms: (service_s + wait_s) * 1000.0, saturated: true };
        }
        let offered = arrivals / rate;
        let blocked = (1..=tasks).fold(1.0, |blocked, n| {
            let busy = offered * blocked;
            busy / (f64::from(n) + busy)
        });
        let load = offered / f64::from(tasks);
        let waits = blocked / (1.0 - load * (1.0 - blocked));
        let wait_s = waits / (room - arrivals);
        Response { mean_ms: (service_s + wait_s) * 1000.0, saturated: false }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// M/M/1 at 80 %: 1 / (25 - 20) = 200 ms. M/M/2 with 8 Erlang of 10 in V03 style: C(2, 1.6) = 0.7111, so
    /// 40 + 0.7111 / (50 - 40) × 1,000 = 111.1 ms.
    #[test]
    fn below_saturation_erlang_c_holds() {
        let one = Response::estimate(20.0, 25.0, 1);
        assert!((one.mean_ms - 200.0).abs() < 1e-9 && !one.saturated, "{one:?}");
        let two = Response::estimate(40.0, 25.0, 2);
        assert!((two.mean_ms - 111.111).abs() < 0.001, "{two:?}");
    }

    /// 60 a second for 50: 10 more each second, 300 of them after 30 s, which take 300 / 50 = 6 s.
    #[test]
    fn above_saturation_a_backlog_grows() {
        let response = Response::estimate(60.0, 25.0, 2);
        assert!((response.mean_ms - 6_040.0).abs() < 1e-9 && response.saturated, "{response:?}");
        assert!(Response::estimate(1.0, 25.0, 0).mean_ms.is_infinite());
    }
}
