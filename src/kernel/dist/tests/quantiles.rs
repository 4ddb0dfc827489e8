//! Exact values, computed with 40 digits by mpmath 1.3 (`gammainc`, `erfc`) for the very floats given as
//! shares.

use super::super::{gamma, normal};
use super::*;

#[test]
fn normal_quantile_has_fifteen_figures_into_the_far_tails() {
    let cases = [
        (5e-324, -38.467405617144344),
        (1e-300, -37.0470962993612),
        (1e-100, -21.273453560965326),
        (1e-17, -8.493793224109599),
        (1e-12, -7.034483825301132),
        (1e-6, -4.753424308822899),
        (0.01, -2.326347874040841),
        (0.07, -1.4757910281791706),
        (0.3, -0.5244005127080408),
        (0.5, 0.0),
        (0.8, 0.8416212335729144),
        (0.99, 2.3263478740408408),
        (1.0 - 1e-6, 4.753424308817087),
        (1.0 - 1e-12, 7.0344869100478356),
        (1.0 - f64::EPSILON / 2.0, 8.209536151601387),
    ];
    for (u, expected) in cases {
        let found = normal::quantile(u);
        assert!(relative_gap(found, expected) < 2e-15, "{u}: {found}, not {expected}");
    }
}

const SHARES: [f64; 9] = [1e-12, 1e-6, 0.01, 0.3, 0.5, 0.75, 0.99, 1.0 - 1e-6, 1.0 - 1e-12];

/// (shape, values at [`SHARES`] for scale 1)
#[rustfmt::skip]
const GAMMA: [(f64, [f64; 9]); 12] = [
    (0.05, [5.8446320572866764e-241, 5.844632057286584e-121, 5.844632057286532e-41, 2.0378971887326642e-11, 5.573878440746248e-07, 0.0018567356838462513, 1.0876274000918096, 8.696862667893743, 21.69768048076263]),
    (0.3, [6.972699096409337e-41, 6.972699096409348e-21, 1.5022226552360383e-07, 0.012726657769948701, 0.0731311358669519, 0.34289946081457634, 2.639409157070533, 10.984835632108627, 24.275241482554538]),
    (0.9, [4.44482663753542e-14, 2.0631059928342247e-07, 0.005758129403388041, 0.2918509519675597, 0.5967430489553945, 1.2473282885862036, 4.3722706800919795, 13.482084784620758, 27.230691981152138]),
    (1.0, [1.0000000000005e-12, 1.0000005000003334e-06, 0.010050335853501442, 0.35667494393873234, std::f64::consts::LN_2, 1.3862943611198906, 4.605170185988091, 13.815510557935518, 27.63104323789336]),
    (2.5, [2.562321748415268e-05, 0.006448080103248548, 0.27714903836413857, 1.499954066379953, 2.1757300955477636, 3.312839881914625, 7.543136234694494, 17.94409343980521, 32.619341261291765]),
    (15.9, [1.2832541027664526, 3.480401053831235, 8.11024689942678, 13.593036477310799, 15.56793766687858, 18.377955856508752, 26.613636089381092, 42.457234903121766, 61.69678974487654]),
    (16.1, [1.3281683263585702, 3.566693054743556, 8.2520594015576, 13.779758013888369, 15.767921524872502, 18.594999090587738, 26.872043592887696, 42.77413764343192, 62.06527177433095]),
    (100.0, [44.886022030017614, 59.43632069812289, 78.21598305379582, 94.52429935888071, 99.66686491931549, 106.55109252697643, 124.7225614907208, 154.91904599496158, 187.24800173918598]),
    (1000.0, [793.4392266170769, 856.8146512793919, 927.9081597966425, 983.1784467578987, 999.6666864269652, 1021.1436879071974, 1075.032832086435, 1157.577911008724, 1238.8645816054106]),
    (9999.0, [9311.664138905962, 9530.858883855051, 9767.848488776719, 9946.321884136856, 9998.666668642245, 10066.262689794754, 10233.092747075216, 10481.53739793168, 10718.656930420597]),
    (10000.0, [9312.628969854226, 9531.835117189807, 9768.836856696591, 9947.319262019584, 9999.666668642047, 10067.266062388988, 10234.104379158054, 10482.561164638257, 10719.692099677293]),
    (1000000.0, [992981.6691846466, 995253.7719775001, 997675.1228599253, 999475.3579172359, 999999.6666666864, 1000674.307939725, 1002327.8184027579, 1004760.6247134678, 1007050.656537417]),
];

#[test]
fn gamma_quantile_has_twelve_figures_from_shape_0_05_to_a_million() {
    for (shape, values) in GAMMA {
        for (u, expected) in SHARES.into_iter().zip(values) {
            let found = gamma::quantile(shape, u);
            assert!(relative_gap(found, expected) < 1e-12, "shape {shape} at {u}: {found}, not {expected}");
        }
    }
}

#[test]
fn gamma_of_shape_1_is_exponential_and_weibull_of_shape_1_too() {
    let exponential = Distribution::exponential(60.0).expect("a law");
    for law in [Distribution::gamma_shape_mean(1.0, 60.0), Distribution::weibull(1.0, 60.0)] {
        let law = law.expect("a law");
        for u in SHARES {
            assert!(relative_gap(law.quantile(u), exponential.quantile(u)) < 1e-13, "{law:?} at {u}");
        }
    }
}

#[test]
fn exponential_median_is_its_mean_times_ln_2() {
    let law = Distribution::exponential(1_000.0).expect("a law");
    assert_eq!(law.draw_ms(0.5), 693); // 693.147
}

#[test]
fn lognormal_meets_its_median_and_p95() {
    let law = Distribution::lognormal_median_p95(8_000.0, 20_000.0).expect("a law");
    assert!(relative_gap(law.quantile(0.5), 8_000.0) < 1e-14);
    assert!(relative_gap(law.quantile(0.95), 20_000.0) < 1e-14);
}

#[test]
fn weibull_scale_is_at_the_share_of_1_less_1_over_e() {
    let law = Distribution::weibull(2.5, 30.0).expect("a law");
    assert!(relative_gap(law.quantile(0.632_120_558_828_557_7), 30.0) < 1e-14);
}

/// A change here changes every simulation's digest: it must be meant, and said in the change log. The number
/// is the same in every build and on every platform.
#[test]
fn draws_have_the_same_bits_everywhere() {
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325; // FNV-1a, a word at a time
    for (_, law) in every_law() {
        for cell in 0..1_000_u64 {
            let value = law.quantile((cell as f64 + 0.5) / 1_000.0);
            hash = (hash ^ value.to_bits()).wrapping_mul(0x0000_0100_0000_01b3);
        }
    }
    assert_eq!(format!("{hash:016x}"), "340a8a23325c9ffc");
}
