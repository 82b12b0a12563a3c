//! The drift tests, in the order they are shown.

use super::{
    DriftTest, anderson_darling, chi_square, cramer_von_mises, fisher, g_test, hellinger, jensen_shannon, kl, ks,
    kuiper, l_infinity, missing, psi, total_variation, unseen, vanished, wasserstein, z_proportion,
};

/// All drift tests of single columns.
pub static TESTS: &[&dyn DriftTest] = &[
    &ks::Ks,
    &wasserstein::Wasserstein,
    &psi::Psi,
    &jensen_shannon::JensenShannon,
    &hellinger::Hellinger,
    &total_variation::TotalVariation,
    &l_infinity::LInfinity,
    &kl::Kl,
    &anderson_darling::AndersonDarling,
    &cramer_von_mises::CramerVonMises,
    &kuiper::Kuiper,
    &chi_square::ChiSquare,
    &g_test::GTest,
    &fisher::Fisher,
    &z_proportion::ZProportion,
    &missing::MissingCells,
    &unseen::Unseen,
    &vanished::Vanished,
];

/// The test of this name.
pub fn find(name: &str) -> Option<&'static dyn DriftTest> {
    TESTS.iter().copied().find(|test| test.name() == name)
}

/// What monitors compare beside single columns: names and the files whose headers document them.
pub static MORE: &[(&str, &str)] = &[
    ("correlation", include_str!("correlation.rs")),
    ("covariance", include_str!("covariance/mod.rs")),
    ("target_relation", include_str!("target_relation.rs")),
    ("regression", include_str!("../performance/regression.rs")),
    ("classification", include_str!("../performance/classification.rs")),
];
