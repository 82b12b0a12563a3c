use crate::support::Project;

#[test]
fn the_demo_finds_what_is_planted_and_nothing_else() {
    let project = Project::new();
    let ran = project.assay(&["demo", "--dir", "shop"]);
    ran.assert(0, "");
    assert!(ran.out.contains("All 25 planted defects were found, and nothing else was reported."), "{}", ran.out);
    assert!(!ran.out.contains("MISSED"), "{}", ran.out);

    // What is kept is a project like any other, and footers say what rows say.
    let shop = project.path("shop");
    let check = |args: &[&str]| crate::support::ran(crate::support::command(&shop, args));
    let result = check(&["check", "--as-of", "2026-11-20T06:00:00Z", "--format", "json", "--verify-footers"]);
    result.assert(1, "");
    crate::support::assert_valid(&serde_json::from_str(&result.out).expect("JSON"));

    project.assay(&["demo", "--dir", "shop"]).assert(2, "the folder `shop` is not empty");
}
