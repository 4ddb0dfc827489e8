//! Sobol's sequence with the direction numbers of Joe and Kuo (2008, table `new-joe-kuo-6.21201`).

/// By dimension from the second: degree of its primitive polynomial, the polynomial's inner coefficients as bits, and
/// the first direction numbers.
const DIRECTIONS: [(u32, u32, &[u32]); 20] = [
    (1, 0, &[1]),
    (2, 1, &[1, 3]),
    (3, 1, &[1, 3, 1]),
    (3, 2, &[1, 1, 1]),
    (4, 1, &[1, 1, 3, 3]),
    (4, 4, &[1, 3, 5, 13]),
    (5, 2, &[1, 1, 5, 5, 17]),
    (5, 4, &[1, 1, 5, 5, 5]),
    (5, 7, &[1, 1, 7, 11, 19]),
    (5, 11, &[1, 1, 5, 1, 1]),
    (5, 13, &[1, 1, 1, 3, 11]),
    (5, 14, &[1, 3, 5, 5, 31]),
    (6, 1, &[1, 3, 3, 9, 7, 49]),
    (6, 13, &[1, 1, 1, 15, 21, 21]),
    (6, 16, &[1, 3, 1, 13, 27, 49]),
    (6, 19, &[1, 1, 1, 15, 7, 5]),
    (6, 22, &[1, 3, 1, 15, 13, 25]),
    (6, 25, &[1, 1, 5, 5, 19, 61]),
    (7, 1, &[1, 3, 7, 11, 23, 15, 103]),
    (7, 4, &[1, 3, 7, 13, 13, 15, 69]),
];

/// Most dimensions.
pub(super) const MAX_DIMENSIONS: usize = DIRECTIONS.len() + 1;

/// The number of a point in a dimension (both from 0), in units of 2^-32. Points come in Gray-code order, as in Antonov
/// and Saleev's (1979) and in most libraries.
pub(super) fn number(dimension: usize, point: u32) -> u32 {
    let gray = point ^ (point >> 1);
    let directions = directions(dimension);
    (0..32).filter(|bit| gray >> bit & 1 == 1).fold(0, |sum, bit| sum ^ directions[bit as usize])
}

fn directions(dimension: usize) -> [u32; 32] {
    let mut found = [0; 32];
    if dimension == 0 {
        for (bit, direction) in found.iter_mut().enumerate() {
            *direction = 1 << (31 - bit);
        }
        return found;
    }
    let (degree, inner, first) = DIRECTIONS[dimension - 1];
    let degree = degree as usize;
    for bit in 0..32 {
        found[bit] = match first.get(bit) {
            Some(start) => start << (31 - bit),
            None => {
                let before = found[bit - degree];
                let terms = (1..degree).filter(|term| inner >> (degree - 1 - term) & 1 == 1);
                terms.fold(before ^ (before >> degree), |sum, term| sum ^ found[bit - term])
            }
        };
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_those_of_scipy() {
        // scipy.stats.qmc.Sobol(d=21, scramble=False, bits=32), in units of 2^-32
        let of = |dimension, points: &[u32]| {
            points.iter().map(|point| number(dimension, *point)).collect::<Vec<_>>()
        };
        assert_eq!(of(4, &[1, 2, 3, 5, 37]), [2147483648, 3221225472, 1073741824, 3758096384, 3288334336]);
        assert_eq!(of(20, &[1, 7, 63]), [2147483648, 3758096384, 1006632960]);
    }

    #[test]
    fn the_first_eight_points_fill_each_eighth_of_each_dimension_once() {
        for dimension in 0..MAX_DIMENSIONS {
            let mut eighths: Vec<u32> = (0..8).map(|point| number(dimension, point) >> 29).collect();
            eighths.sort_unstable();
            assert_eq!(eighths, [0, 1, 2, 3, 4, 5, 6, 7], "dimension {dimension}");
        }
    }
}
