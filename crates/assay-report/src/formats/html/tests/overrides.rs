//! Templates, styles and scripts that users give.

use super::*;

fn refused(files: &[(&str, &str)]) -> String {
    let run = fixture::run();
    let error = with(&Report::Ran(Ran::new(&run)), &templates(files)).expect_err("refused");
    let of_pages = pages(&Ran::new(&run), &templates(files)).expect_err("refused");
    assert_eq!(error.to_string(), of_pages.to_string());
    error.to_string()
}

#[test]
fn a_template_of_the_same_name_stands_in() {
    let run = fixture::run();
    let given = templates(&[
        (
            "invalid.html",
            "{% extends \"base.html\" %}\n{% block main %}<h1>{{ page.conclusion }}</h1>{% include \"mine.html\" %}{% endblock %}",
        ),
        ("mine.html", "<p>{{ page.problems[0].message }}</p>"),
        ("style.css", "body { color: #123456; }"),
    ]);
    let page = with(&Report::Invalid(&fixture::problems()), &given).expect("renders");
    assert!(
        page.contains("<h1>2 problems; no data were read</h1><p>unknown check `completness` on column `email`</p>")
    );
    assert!(page.contains("color: #123456"));
    // the other pages stay
    assert!(with(&Report::Ran(Ran::new(&run)), &given).expect("renders").contains("What is broken"));
}

#[test]
fn what_does_not_parse_is_named_with_its_line_and_reason() {
    assert_eq!(
        refused(&[("run.html", "<h1>\n{% if page %}\n")]),
        "run.html:2: syntax error: unexpected end of input, expected end of block"
    );
    assert!(refused(&[("never_used.html", "{{ ")]).starts_with("never_used.html:1: syntax error"));
    // before any data are read
    let error = check(&templates(&[("never_used.html", "{{ ")])).expect_err("refused");
    assert!(error.to_string().starts_with("never_used.html:1: syntax error"), "{error}");
    check(&Templates::default()).expect("the built-in templates are sound");
}

#[test]
fn what_fails_while_a_page_is_made_is_named_too() {
    let mistyped = refused(&[("tables_list.html", "\n\n{{ page.tabels }}")]);
    assert!(mistyped.starts_with("tables_list.html:3: undefined value"), "{mistyped}");
    let filter = refused(&[("base.html", "{{ page.title|shout }}")]);
    assert!(filter.starts_with("base.html:1: unknown filter"), "{filter}");
    let missing = refused(&[("base.html", "{% include \"logo.html\" %}")]);
    assert!(missing.contains("logo.html"), "{missing}");
}

#[test]
fn a_template_that_includes_itself_ends() {
    let endless = refused(&[("base.html", "{% include \"base.html\" %}")]);
    assert!(endless.contains("recursion limit"), "{endless}");
}

#[test]
fn a_style_or_script_that_would_end_its_element_is_refused() {
    assert!(refused(&[("style.css", "a {}\n/* </STYLE> */")]).starts_with("style.css:2: `</style` would end"));
    assert!(refused(&[("script.js", "let a = '</script>'")]).starts_with("script.js:1: `</script` would end"));
    assert!(refused(&[("script.js", "a\n<!-- b")]).starts_with("script.js:2: `<!--` would end"));
}

#[test]
fn files_that_nothing_uses_are_refused_by_name() {
    let text = refused(&[("styles.css", "a {}")]);
    assert_eq!(
        text,
        "styles.css: no report has a file of this name; it is `style.css`, `script.js` or a template that ends in `.html`"
    );
}
