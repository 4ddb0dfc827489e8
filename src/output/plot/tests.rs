//! Charts of made-up numbers, easy and hard. `ECSIM_PLOT_GALLERY=<directory>` keeps them to be looked at.

use super::*;
use crate::output::number::Quantity;
use std::path::Path;

const HOUR: f64 = 3600.0;

fn points(minutes: usize, value: impl Fn(f64) -> f64) -> Vec<(f64, f64)> {
    (0..=24 * 60 / minutes)
        .map(|i| (i as f64 * minutes as f64 * 60.0, value(i as f64 * minutes as f64 / 60.0)))
        .collect()
}

fn steps(name: &str, value: impl Fn(f64) -> f64) -> Series {
    Series { name: name.into(), points: points(10, value), band: None, shape: LineShape::Steps }
}

fn banded(name: &str, half: f64, value: impl Fn(f64) -> f64) -> Series {
    let points = points(10, value);
    let band = points.iter().map(|&(_, v)| ((v - half).max(0.0), v + half)).collect();
    Series { name: name.into(), points, band: Some(band), shape: LineShape::Straight }
}

fn wave(hour: f64, low: f64, high: f64) -> f64 {
    low + (high - low) * (0.5 - 0.5 * libm::cos((hour - 8.0) / 24.0 * std::f64::consts::TAU))
}

fn lines(title: &str, panels: Vec<Panel>) -> TimeLines {
    TimeLines {
        title: title.into(),
        subtitle: "Scenario shop-zone-loss, replication 0 of 20, seed 7".into(),
        from_s: 0.0,
        to_s: 24.0 * HOUR,
        panels,
        ..TimeLines::default()
    }
}

fn panel(heading: &str, quantity: Quantity, series: Vec<Series>) -> Panel {
    Panel { heading: heading.into(), quantity, series, events: Vec::new() }
}

fn mark(from_h: f64, to_h: f64, label: &str, kind: MarkKind) -> Mark {
    Mark { from_s: from_h * HOUR, to_s: to_h * HOUR, label: label.into(), kind, panel: None }
}

fn three_panels() -> TimeLines {
    let lost = |hour: f64| if (14.0..15.5).contains(&hour) { 4.0 } else { 0.0 };
    let desired = |hour: f64| libm::round(wave(hour, 6.0, 16.0));
    let mut chart = lines(
        "The shop keeps 12 of 16 tasks while zone us-east-1b is lost at peak",
        vec![
            panel(
                "Tasks of service web",
                Quantity::Count,
                vec![
                    steps("healthy", move |h| desired(h) - lost(h)),
                    steps("desired", desired),
                    steps("pending", lost),
                ],
            ),
            panel(
                "CPU reserved on shop-ec2",
                Quantity::Share,
                vec![banded("mean of replications", 0.06, |h| wave(h, 0.45, 0.88))],
            ),
            panel(
                "Cost per hour",
                Quantity::Usd,
                vec![steps("EC2 On-Demand", |h| 0.096 * libm::round(wave(h, 3.0, 8.0)))],
            ),
        ],
    );
    chart.band_meaning = "95 % of replications".into();
    chart.marks = vec![
        mark(0.0, 1.0, "warm-up", MarkKind::WarmUp),
        mark(14.0, 15.5, "zone us-east-1b lost", MarkKind::Fault),
        mark(15.0, 15.0, "deployment web:2", MarkKind::Request),
    ];
    chart.note = "Cost counts instances from launch to termination, by the second.".into();
    chart
}

fn sweep() -> SweepCurve {
    let counts = [8.0, 10.0, 12.0, 14.0, 16.0, 20.0];
    let series = |name: &str, shift: f64| SweepSeries {
        name: name.into(),
        points: counts
            .iter()
            .map(|&count| {
                let miss = 0.02 * libm::exp(-(count - 8.0 + shift) / 2.5);
                let mean = 1.0 - miss;
                Some(SweepPoint { mean, interval: Some((mean - miss * 0.4, (mean + miss * 0.3).min(1.0))) })
            })
            .collect(),
    };
    SweepCurve {
        title: "Fourteen tasks keep the promise on EC2; Fargate Spot needs sixteen".into(),
        subtitle: "Scenario shop-zone-loss, 40 replications per point, common random numbers".into(),
        x_label: "desiredCount of service web (tasks)".into(),
        x: SweepValues::Numbers(counts.to_vec()),
        y_label: "Availability of service web".into(),
        quantity: Quantity::Share,
        series: vec![series("shop-ec2", 2.0), series("FARGATE_SPOT", 0.0)],
        goal: Some(Goal { value: 0.999, label: "at least 99.9 %".into() }),
        band_meaning: "95 % interval of the mean".into(),
        note: String::new(),
    }
}

fn choices(names: &[&str]) -> SweepCurve {
    let point = |i: usize, shift: f64| {
        let mean = 900.0 + 260.0 * ((i * 7 + 3) % 5) as f64 + shift;
        Some(SweepPoint {
            mean,
            interval: Some((mean - 60.0 - 10.0 * i as f64, mean + 60.0 + 10.0 * i as f64)),
        })
    };
    let series = |name: &str, shift: f64| SweepSeries {
        name: name.into(),
        points: (0..names.len())
            .map(|i| if i == 2 && shift > 0.0 { None } else { point(i, shift) })
            .collect(),
    };
    SweepCurve {
        title: "What a month costs by instance type".into(),
        x_label: "instance type".into(),
        x: SweepValues::Choices(names.iter().map(|name| name.to_string()).collect()),
        y_label: "Cost per month".into(),
        quantity: Quantity::Usd,
        series: vec![series("binpack(memory)", 0.0), series("spread(zone)", 150.0)],
        goal: None,
        ..sweep()
    }
}

fn heat() -> HeatMap {
    let standing = |cell: f64| match cell {
        0.999.. => Standing::Meets,
        0.995.. => Standing::Unclear,
        _ => Standing::Misses,
    };
    let cells: Vec<Vec<Option<f64>>> = (0..5)
        .map(|row| {
            (0..8)
                .map(|column| {
                    let miss = 0.05 * libm::exp(-(f64::from(row) + f64::from(column)) / 2.2);
                    (row != 4 || column != 0).then_some(1.0 - miss)
                })
                .collect()
        })
        .collect();
    let reached = cells.iter().map(|row| row.iter().map(|cell| cell.map(standing)).collect()).collect();
    HeatMap {
        title: "Availability by number of tasks and target capacity".into(),
        subtitle: "40 replications per cell".into(),
        x_label: "desiredCount of service web".into(),
        x: (0..8).map(|i| format!("{}", 8 + 2 * i)).collect(),
        y_label: "targetCapacity (%)".into(),
        y: (0..5).map(|i| format!("{}", 100 - 5 * i)).collect(),
        value_label: "Availability of web".into(),
        quantity: Quantity::Share,
        cells,
        goal: Some((Goal { value: 0.999, label: "at least 99.9 %".into() }, reached)),
        note: "The empty cell had no capacity at all.".into(),
    }
}

fn waits() -> Distribution {
    let sorted = |scale: f64| -> Vec<f64> {
        (1..2000).map(|i| -scale * libm::log(1.0 - f64::from(i) / 2000.0)).collect()
    };
    let series = |name: &str, scale: f64| DistributionSeries {
        name: name.into(),
        detail: "p50 30 s, p95 2 min, n = 2,000".into(),
        steps: cumulative(&sorted(scale), 400),
    };
    Distribution {
        title: "Half of the tasks wait less than 30 s for a place, one in twenty more than 2 min".into(),
        subtitle: "Scenario shop-zone-loss, 20 replications together".into(),
        x_label: "wait for placement".into(),
        quantity: Quantity::Seconds,
        y_label: "Share of tasks that waited at most so long".into(),
        series: vec![series("binpack(memory)", 42.0), series("spread(zone)", 55.0), series("random", 70.0)],
        goal: Some(Goal { value: 180.0, label: "at most 3 min".into() }),
        levels: vec![(0.5, "p50".into()), (0.95, "p95".into())],
        longest: Some(400.0),
        note: String::new(),
    }
}

fn trade_off(count: u32) -> TradeOff {
    let point = |i: u32| {
        let tasks = 8 + i / 3 * 2;
        let cost = 12.0 * f64::from(tasks) * (1.0 - 0.22 * f64::from(i % 3)) + 30.0;
        let miss = 0.03 * libm::exp(-f64::from(tasks) / 5.0) * (1.0 + f64::from(i % 3));
        let y = SweepPoint { mean: 1.0 - miss, interval: Some((1.0 - miss * 1.3, 1.0 - miss * 0.75)) };
        let standing = match y.interval {
            Some((low, _)) if low >= 0.999 => Standing::Meets,
            Some((_, high)) if high < 0.999 => Standing::Misses,
            _ => Standing::Unclear,
        };
        let x = SweepPoint { mean: cost, interval: Some((cost - 4.0, cost + 4.0)) };
        let market = ["On-Demand", "half Spot", "Spot"][(i % 3) as usize];
        TradeOffPoint { name: format!("{tasks} tasks, {market}"), x, y, standing }
    };
    let mut points: Vec<TradeOffPoint> = (0..count).map(point).collect();
    let meeting = points.iter_mut().filter(|point| point.standing == Standing::Meets);
    if let Some(best) = meeting.min_by(|a, b| a.x.mean.total_cmp(&b.x.mean)) {
        best.standing = Standing::Chosen;
    }
    points.sort_by_key(|point| point.standing != Standing::Chosen);
    TradeOff {
        title: "The cheapest way to 99.9 %".into(),
        subtitle: "Scenario shop-zone-loss, 40 replications per point".into(),
        x_label: "cost per day".into(),
        x_quantity: Quantity::Usd,
        y_label: "Availability of service web".into(),
        y_quantity: Quantity::Share,
        points,
        goal: Some(Goal { value: 0.999, label: "at least 99.9 %".into() }),
        shows_frontier: true,
        higher_is_better: true,
        note: String::new(),
    }
}

fn bars() -> Bars {
    let bar = |name: &str, parts: [f64; 4]| {
        let sum: f64 = parts.iter().sum();
        let interval = Some((sum * 0.9, sum * 1.1));
        Bar { name: name.into(), parts: parts.into(), interval, text: format!("${sum:.2}") }
    };
    let part = |name: &str, is_idle| BarPart { name: name.into(), is_idle };
    let long = "checkout-and-payment-gateway-backend-of-the-platform-team-number-7-production-eu";
    Bars {
        title: "What it costs: $52.00 a day".into(),
        subtitle: "40 replications".into(),
        x_label: "USD for 24 h".into(),
        quantity: Quantity::Usd,
        parts: vec![
            part("EC2 on demand", false),
            part("Fargate", false),
            part("Fargate Spot", false),
            part("idle", true),
        ],
        groups: vec![
            BarGroup { name: "Whole cluster".into(), bars: vec![bar("shop", [20.0, 12.0, 8.0, 12.0])] },
            BarGroup {
                name: "Used by services".into(),
                bars: vec![bar("web", [20.0, 0.0, 0.0, 0.0]), bar(long, [0.0, 12.0, 8.0, 0.0])],
            },
        ],
        interval_meaning: "95 % interval of the mean".into(),
        note: String::new(),
    }
}

/// A service that crashes all the time.
fn many_events() -> TimeLines {
    let mut chart = lines(
        "Two thousand crashes",
        vec![panel("web (tasks)", Quantity::Count, vec![steps("healthy", |_| 12.0)])],
    );
    let row = |name: &str, times_s: Vec<f64>, kind, shape| EventRow {
        name: name.into(),
        times_s,
        kind,
        shape,
        steps: Vec::new(),
    };
    chart.panels[0].events = vec![
        row("crash", (0..2000).map(|i| f64::from(i) * 43.2).collect(), MarkKind::Fault, 0),
        row("instance lost", vec![3.0 * HOUR, 3.0 * HOUR, 9.0 * HOUR], MarkKind::Fault, 1),
        row("deployment", vec![12.0 * HOUR], MarkKind::Request, 0),
    ];
    chart.marks =
        (0..60).map(|i| mark(f64::from(i) / 4.0, f64::from(i) / 4.0, "scaling", MarkKind::Request)).collect();
    chart
}

fn gallery() -> Vec<(&'static str, Box<dyn Chart>)> {
    let one = lines(
        "One service at rest",
        vec![panel("Running tasks", Quantity::Count, vec![steps("web", |_| 12.0)])],
    );
    let ten = (0..10).map(|i| {
        steps(&format!("service-{i}"), move |h| {
            libm::round(wave(h + f64::from(i), 2.0, 8.0 + 3.0 * f64::from(i)))
        })
    });
    let ten =
        lines("Ten services share the cluster", vec![panel("Running tasks", Quantity::Count, ten.collect())]);
    let zero = lines(
        "Nothing failed",
        vec![panel("Unhealthy tasks", Quantity::Count, vec![steps("web", |_| 0.0), steps("api", |_| 0.0)])],
    );
    let full =
        lines("Always available", vec![panel("Availability", Quantity::Share, vec![steps("web", |_| 1.0)])]);
    let narrow = lines(
        "Availability stays above 99.90 %",
        vec![panel(
            "Availability of web, per 10 minutes",
            Quantity::Share,
            vec![steps("web", |h| if h as u32 % 5 == 4 { 0.9990 + h / 1e5 } else { 1.0 })],
        )],
    );
    let long = "a-very-long-service-name-that-somebody-generated-from-a-branch-and-a-commit-0123456789abcdef-in-europe-with-more ".repeat(2);
    let mut hostile = lines(
        &format!("Names are shown, whatever they hold: </title><script>alert(1)</script> {long}"),
        vec![
            panel(
                &format!("Tasks of {long}"),
                Quantity::Count,
                vec![
                    steps(long.trim(), |h| wave(h, 900.0, 12_000.0)),
                    steps("\" onload=\"alert(1)\u{1b}[2J", |h| wave(h, 400.0, 3_000.0)),
                    steps("größe/网站", |_| 5000.0),
                ],
            ),
            panel("Waiting", Quantity::Seconds, vec![steps("web", |h| wave(h, 0.0, 540.0))]),
        ],
    );
    hostile.marks = (0..9)
        .map(|i| {
            mark(
                10.0 + 0.3 * f64::from(i),
                10.1 + 0.3 * f64::from(i),
                &format!("Spot interruption in pool number {i}"),
                MarkKind::Fault,
            )
        })
        .collect();
    hostile.marks.extend((0..5).map(|i| mark(f64::from(i), f64::from(i), "deployment", MarkKind::Request)));
    let mut point = lines(
        "A single observation",
        vec![panel(
            "Running tasks",
            Quantity::Count,
            vec![Series {
                name: "web".into(),
                points: vec![(12.0 * HOUR, 7.0)],
                band: None,
                shape: LineShape::Straight,
            }],
        )],
    );
    point.to_s = 14.0 * 24.0 * HOUR;
    let mut gap =
        lines(
            "No load balancer between 6 h and 9 h",
            vec![panel(
                "Requests per second",
                Quantity::Count,
                vec![
                    banded("web", 12.0, |h| {
                        if (6.0..9.0).contains(&h) { f64::NAN } else { wave(h, 40.0, 220.0) }
                    }),
                    banded("api", 30.0, |h| wave(h, 90.0, 420.0)),
                    banded("checkout", 20.0, |h| wave(h + 3.0, 20.0, 300.0)),
                ],
            )],
        );
    gap.band_meaning = "95 % of replications".into();
    let empty = lines("Nothing to see", vec![panel("Running tasks", Quantity::Count, vec![])]);
    let mut sweep_one = sweep();
    sweep_one.x = SweepValues::Numbers(vec![12.0]);
    sweep_one.series.truncate(1);
    sweep_one.series[0].points.truncate(1);
    let mut many = sweep();
    many.x = SweepValues::Numbers((0..60).map(|i| 1000.0 + f64::from(i)).collect());
    many.series = (0..9)
        .map(|s| SweepSeries {
            name: format!("policy {s}"),
            points: (0..60)
                .map(|i| {
                    (i % 17 != 5).then(|| SweepPoint {
                        mean: 0.9 + 0.01 * f64::from(s) - 0.0005 * f64::from(i),
                        interval: None,
                    })
                })
                .collect(),
        })
        .collect();
    many.goal = None;
    let mut flawless = sweep();
    for series in &mut flawless.series {
        series.points = vec![Some(SweepPoint { mean: 1.0, interval: Some((0.912, 1.0)) }); 6];
    }
    let mut flat_heat = heat();
    flat_heat.cells = vec![vec![Some(1.0); 8]; 5];
    flat_heat.goal = None;
    let mut big_heat = heat();
    big_heat.x = (0..30).map(|i| format!("m5.{i}xlarge")).collect();
    big_heat.y = (0..24).map(|i| format!("shop-autoscaling-group-with-a-long-name-{i}")).collect();
    big_heat.cells = (0..24).map(|r| (0..30).map(|c| Some(f64::from(r * c) * 3.5)).collect()).collect();
    big_heat.quantity = Quantity::Usd;
    big_heat.goal = None;
    vec![
        ("three-panels", Box::new(three_panels())),
        ("one-series", Box::new(one)),
        ("ten-series", Box::new(ten)),
        ("all-zero", Box::new(zero)),
        ("constant-one", Box::new(full)),
        ("near-one", Box::new(narrow)),
        ("hostile-names", Box::new(hostile)),
        ("one-point", Box::new(point)),
        ("gap", Box::new(gap)),
        ("empty", Box::new(empty)),
        ("sweep", Box::new(sweep())),
        ("sweep-one-point", Box::new(sweep_one)),
        ("sweep-many", Box::new(many)),
        ("sweep-flawless", Box::new(flawless)),
        (
            "choices",
            Box::new(choices(&["m5.large", "m5.xlarge", "c5.large", "c5.xlarge", "r5.large", "m6g.large"])),
        ),
        (
            "choices-long",
            Box::new(choices(&[
                long.trim(),
                "binpack(memory) then spread(attribute:ecs.availability-zone)",
                "random",
                "x",
                "spread(instanceId)",
                "binpack(cpu)",
                "y",
                "z",
            ])),
        ),
        ("distribution", Box::new(waits())),
        ("distribution-empty", Box::new(Distribution { series: vec![], goal: None, ..waits() })),
        ("trade-off", Box::new(trade_off(24))),
        ("trade-off-many", Box::new(trade_off(150))),
        ("trade-off-one", Box::new(trade_off(1))),
        ("bars", Box::new(bars())),
        ("bars-empty", Box::new(Bars { groups: vec![], ..bars() })),
        ("many-events", Box::new(many_events())),
        ("heat", Box::new(heat())),
        ("heat-flat", Box::new(flat_heat)),
        ("heat-big", Box::new(big_heat)),
    ]
}

#[test]
fn every_chart_is_a_whole_document_and_becomes_a_png() {
    let keep = std::env::var_os("ECSIM_PLOT_GALLERY");
    for (name, chart) in gallery() {
        let svg = chart.svg();
        assert!(svg.starts_with("<svg ") && svg.trim_end().ends_with("</svg>"), "{name}");
        assert!(!svg.contains("NaN") && !svg.contains("inf") && !svg.contains("<script"), "{name}");
        let png = png(&svg).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(&png[1..4], b"PNG", "{name}");
        if let Some(directory) = &keep {
            std::fs::write(Path::new(directory).join(format!("{name}.svg")), &svg).unwrap();
            std::fs::write(Path::new(directory).join(format!("{name}.png")), &png).unwrap();
        }
    }
}

/// Two thousand shapes would be a blur: within 10 pixels they are one, so that at most a tenth of the width are drawn.
#[test]
fn many_events_share_their_shapes_and_many_moments_are_no_lines() {
    let mut chart = many_events();
    let crosses = |svg: &str| svg.matches("<polyline").count();
    let many = crosses(&chart.svg());
    chart.panels[0].events.clear();
    let without = crosses(&chart.svg());
    assert!(many - without < 2 * 1200 / 10, "two strokes a cross: {many} against {without}");
    chart.marks.clear();
    assert_eq!(crosses(&chart.svg()), without, "sixty moments are not drawn across the panel");
}

#[test]
fn the_same_chart_is_the_same_svg() {
    for ((name, first), (_, second)) in gallery().into_iter().zip(gallery()) {
        assert_eq!(first.svg(), second.svg(), "{name}");
    }
}
