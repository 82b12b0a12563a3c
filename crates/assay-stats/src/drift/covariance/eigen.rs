//! Eigenvalues and eigenvectors of a symmetric matrix.
//!
//! Cyclic Jacobi (Golub & Van Loan, *Matrix Computations*, 8.5.3): one plane rotation after the other makes an
//! off-diagonal element 0, in a fixed order, so the result does not depend on anything but the matrix. It is slower than
//! tridiagonalisation and more accurate; a few hundred columns are its range.

/// Sweeps after which it stops. Convergence is quadratic; six to ten are usual.
const MOST_SWEEPS: usize = 60;

/// Eigenvalues, largest first, with their eigenvectors.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Eigen {
    pub values: Vec<f64>,
    /// `vectors[i]` belongs to `values[i]`: of length 1, its largest element in size positive (the first of equals).
    pub vectors: Vec<Vec<f64>>,
}

/// Of a symmetric matrix, p rows of p.
pub(super) fn symmetric(mut matrix: Vec<Vec<f64>>) -> Eigen {
    let p = matrix.len();
    let mut vectors: Vec<Vec<f64>> = (0..p).map(|i| (0..p).map(|j| f64::from(u8::from(i == j))).collect()).collect();
    let norm = matrix.iter().flatten().map(|x| x * x).sum::<f64>().sqrt();
    // what is left together is then below the rounding of the largest eigenvalue
    let negligible = norm * f64::EPSILON / p.max(1) as f64;
    for _ in 0..MOST_SWEEPS {
        let mut rotated = false;
        for i in 0..p {
            for j in i + 1..p {
                if matrix[i][j].abs() > negligible {
                    rotate(&mut matrix, &mut vectors, i, j);
                    rotated = true;
                }
            }
        }
        if !rotated {
            break;
        }
    }
    let mut order: Vec<usize> = (0..p).collect();
    order.sort_by(|a, b| matrix[*b][*b].total_cmp(&matrix[*a][*a]));
    Eigen {
        values: order.iter().map(|i| matrix[*i][*i]).collect(),
        vectors: order.iter().map(|i| with_sign(std::mem::take(&mut vectors[*i]))).collect(),
    }
}

/// Makes `matrix[i][j]` 0 by a rotation in the plane of i and j; `vectors` holds the eigenvectors as rows.
fn rotate(matrix: &mut [Vec<f64>], vectors: &mut [Vec<f64>], i: usize, j: usize) {
    let coupling = matrix[i][j];
    let theta = (matrix[j][j] - matrix[i][i]) / (2.0 * coupling);
    // the smaller root keeps the rotation within 45 degrees; theta^2 may be infinite, the tangent is then 0
    let tangent = theta.signum() / (theta.abs() + (theta * theta + 1.0).sqrt());
    let cosine = (tangent * tangent + 1.0).sqrt().recip();
    let sine = tangent * cosine;
    let (at_i, at_j) = (matrix[i][i] - tangent * coupling, matrix[j][j] + tangent * coupling);
    rotate_rows(matrix, i, j, cosine, sine);
    rotate_rows(vectors, i, j, cosine, sine);
    matrix[i][i] = at_i;
    matrix[j][j] = at_j;
    matrix[i][j] = 0.0;
    matrix[j][i] = 0.0;
    #[expect(clippy::needless_range_loop, reason = "row k takes its cells from rows i and j")]
    for k in 0..matrix.len() {
        if k != i && k != j {
            matrix[k][i] = matrix[i][k];
            matrix[k][j] = matrix[j][k];
        }
    }
}

fn rotate_rows(rows: &mut [Vec<f64>], i: usize, j: usize, cosine: f64, sine: f64) {
    let (upper, lower) = rows.split_at_mut(j);
    for (x, y) in upper[i].iter_mut().zip(&mut lower[0]) {
        (*x, *y) = (cosine * *x - sine * *y, sine * *x + cosine * *y);
    }
}

fn with_sign(mut vector: Vec<f64>) -> Vec<f64> {
    let largest = vector.iter().fold(0.0_f64, |largest, x| if x.abs() > largest.abs() { *x } else { largest });
    if largest < 0.0 {
        for x in &mut vector {
            *x = -*x;
        }
    }
    vector
}

#[cfg(test)]
mod tests {
    use super::symmetric;

    /// Checks `A v = lambda v`, that vectors are orthonormal, and the order.
    fn check(matrix: Vec<Vec<f64>>) -> Vec<f64> {
        let eigen = symmetric(matrix.clone());
        let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
        let size = matrix.iter().flatten().fold(1e-300_f64, |size, x| size.max(x.abs())) * matrix.len() as f64;
        for (i, (value, vector)) in eigen.values.iter().zip(&eigen.vectors).enumerate() {
            for (row, x) in matrix.iter().zip(vector) {
                assert!((dot(row, vector) - value * x).abs() < 1e-14 * size, "{value}");
            }
            for (j, other) in eigen.vectors.iter().enumerate() {
                let expected = f64::from(u8::from(i == j));
                assert!((dot(vector, other) - expected).abs() < 1e-13);
            }
            let largest = vector.iter().fold(0.0_f64, |a, b| if b.abs() > a.abs() { *b } else { a });
            assert!(largest > 0.0);
        }
        assert!(eigen.values.windows(2).all(|pair| pair[0] >= pair[1]));
        eigen.values
    }

    #[test]
    fn two_by_two_is_as_by_hand() {
        let values = check(vec![vec![2.0, 1.0], vec![1.0, 2.0]]);
        assert!((values[0] - 3.0).abs() < 1e-15 && (values[1] - 1.0).abs() < 1e-15);
    }

    #[test]
    fn diagonal_and_empty_matrices_need_no_rotation() {
        assert_eq!(check(vec![vec![1.0, 0.0], vec![0.0, 5.0]]), [5.0, 1.0]);
        assert_eq!(check(vec![vec![0.0; 3]; 3]), [0.0; 3]);
        assert!(symmetric(Vec::new()).values.is_empty());
    }

    #[test]
    fn the_hilbert_matrix_keeps_its_largest_and_its_trace() {
        let hilbert = |n: usize| (0..n).map(|i| (0..n).map(|j| 1.0 / (i + j + 1) as f64).collect()).collect();
        // numpy.linalg.eigvalsh of scipy.linalg.hilbert(8)
        let values = check(hilbert(8));
        assert!((values[0] - 1.695_938_996_921_949_2).abs() < 1e-14, "{}", values[0]);
        let trace: f64 = (0..8).map(|i| 1.0 / f64::from(2 * i + 1)).sum();
        assert!((values.iter().sum::<f64>() - trace).abs() < 1e-14);
    }

    #[test]
    fn equal_eigenvalues_have_orthogonal_vectors() {
        // all correlations 0.3: once 1 + 39 * 0.3, 39 times 0.7
        let n = 40;
        let matrix = (0..n).map(|i| (0..n).map(|j| if i == j { 1.0 } else { 0.3 }).collect()).collect();
        let values = check(matrix);
        assert!((values[0] - 12.7).abs() < 1e-13);
        assert!(values[1..].iter().all(|value| (value - 0.7).abs() < 1e-13));
    }

    #[test]
    fn sixty_columns_converge() {
        let x = |i: usize, j: usize| (((i * 7919 + j * 104_729) % 10_007) as f64 / 10_007.0) - 0.5;
        let rows: Vec<Vec<f64>> = (0..60).map(|i| (0..60).map(|j| x(i.min(j), i.max(j))).collect()).collect();
        check(rows);
    }
}
