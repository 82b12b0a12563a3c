//! Did-you-mean suggestions.

/// The candidate most like `name`, where one is like enough to be worth naming.
pub fn closest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let lower = name.to_lowercase();
    let n_chars = name.chars().count();
    let allowed = |candidate: &str| 1 + candidate.chars().count().min(n_chars) / 4;
    candidates
        .into_iter()
        // Lengths that differ by more cannot be near; measuring them would take their product in time.
        .filter(|candidate| candidate.chars().count().abs_diff(n_chars) <= allowed(candidate))
        .map(|candidate| (strsim::damerau_levenshtein(&lower, &candidate.to_lowercase()), candidate))
        .filter(|(distance, candidate)| *distance <= allowed(candidate))
        .min_by_key(|(distance, candidate)| (*distance, candidate.len()))
        .map(|(_, candidate)| candidate)
}

/// `did you mean ...?`, where something is like enough.
pub fn did_you_mean<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<String> {
    closest(name, candidates).map(|candidate| format!("did you mean `{candidate}`?"))
}
