//! The layer that a file's folder says.

use std::path::Path;

/// The layer of a file: the folder below the project's `checks`.
pub(crate) fn layer_of_folder(path: &str, checks: &str) -> Option<String> {
    let parts = |path: &str| -> Vec<String> {
        Path::new(path)
            .components()
            .filter_map(|part| match part {
                std::path::Component::Normal(name) => name.to_str().map(str::to_owned),
                _ => None,
            })
            .collect()
    };
    let (path, checks) = (parts(path), parts(checks));
    if checks.is_empty() {
        return None;
    }
    let start = path.windows(checks.len()).rposition(|window| window == checks)?;
    let below = &path[start + checks.len()..];
    (below.len() > 1).then(|| below[0].clone())
}
