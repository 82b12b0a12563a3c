//! What holds for every page of the daemon, whatever the names and values in it are.

#[path = "../examples/pages/fixture/mod.rs"]
mod fixture;

use std::collections::{BTreeMap, BTreeSet};

use assay_report::pages::{self, Frame, Visitor, list};
use fixture::{Words, every_page, frame};

const HOSTILE: &str = "</title></style></script><script>alert(1)</script><img src=x onerror=alert(1)>\"'`{{ 7*7 }}{% raw %}\
                       &lt;\u{202e}\u{1b}[2J\u{0}javascript:alert(1)";

/// Where there is something: paths of the daemon's routes, a star for a part that is a name.
const ROUTES: [&str; 11] = [
    "/",
    "/documents/*",
    "/documents/*/drift",
    "/incidents",
    "/incidents/*",
    "/runs",
    "/runs/*",
    "/silences",
    "/notifications",
    "/login",
    "/assets/*",
];
const FORMS: [&str; 8] = [
    "/documents/*/run",
    "/incidents/*/acknowledge",
    "/silences",
    "/silences/*/end",
    "/notifications/*/retry",
    "/notifications/*/drop",
    "/login",
    "/logout",
];

fn plain() -> Vec<(&'static str, String)> {
    every_page(&Words::plain()).expect("every page is made")
}

fn hostile() -> Vec<(&'static str, String)> {
    every_page(&Words::hostile(HOSTILE)).expect("every page is made")
}

/// An element's name and its attributes.
#[derive(Debug, Clone)]
struct Element {
    name: String,
    attributes: BTreeMap<String, String>,
}

impl Element {
    fn has(&self, attribute: &str) -> bool {
        self.attributes.contains_key(attribute)
    }

    fn get(&self, attribute: &str) -> &str {
        self.attributes.get(attribute).map_or("", String::as_str)
    }
}

/// Elements as a browser would read them: every one that begins, and `/name` of every one that ends.
fn elements(page: &str) -> Vec<Element> {
    let mut rest = page;
    let mut found = Vec::new();
    while let Some(at) = rest.find('<') {
        rest = &rest[at + 1..];
        let name_end = rest.find([' ', '>', '\n', '/']).filter(|at| *at > 0);
        let name_end = name_end.unwrap_or_else(|| 1 + rest[1..].find([' ', '>', '\n']).expect("an element ends"));
        let mut element = Element { name: rest[..name_end].to_owned(), attributes: BTreeMap::new() };
        rest = &rest[name_end..];
        loop {
            rest = rest.trim_start_matches([' ', '\n', '/']);
            if let Some(after) = rest.strip_prefix('>') {
                rest = after;
                break;
            }
            let end = rest.find(['=', ' ', '>', '\n']).expect("an attribute ends");
            let name = rest[..end].to_owned();
            rest = &rest[end..];
            let mut value = String::new();
            if let Some(after) = rest.strip_prefix("=\"") {
                let end = after.find('"').expect("a value ends");
                value = after[..end].to_owned();
                rest = &after[end + 1..];
            } else {
                assert!(!rest.starts_with('='), "values stand in quotes: {name}{}", &rest[..20]);
            }
            assert!(element.attributes.insert(name.clone(), value).is_none(), "{name} twice in {element:?}");
        }
        found.push(element);
    }
    found
}

#[test]
fn no_text_from_outside_becomes_markup() {
    let names = |page: &str| elements(page).into_iter().map(|element| element.name).collect::<BTreeSet<_>>();
    for ((name, plain), (_, hostile)) in plain().iter().zip(&hostile()) {
        assert_eq!(names(plain), names(hostile), "{name}: the elements are those of harmless words");
        let attributes = |page: &str| -> BTreeSet<String> {
            elements(page).into_iter().flat_map(|element| element.attributes.into_keys()).collect()
        };
        assert_eq!(attributes(plain), attributes(hostile), "{name}");
        assert!(!hostile.contains("<img") && !hostile.contains("alert(1)</script"), "{name}");
    }
    let (_, home) = &hostile()[0];
    assert!(home.contains("&lt;img src=x onerror=alert(1)&gt;") && home.contains("{{ 7*7 }}"), "told as it is");
}

#[test]
fn nothing_can_be_hidden_or_turned_around() {
    for (name, page) in hostile() {
        let bad = |c: char| (c.is_control() && c != '\n') || ('\u{202a}'..='\u{202e}').contains(&c);
        assert_eq!(page.chars().find(|c| bad(*c)), None, "{name}");
    }
}

#[test]
fn nothing_in_a_page_is_inline() {
    for (name, page) in plain().into_iter().chain(hostile()) {
        for element in elements(&page) {
            assert!(!["style", "iframe", "object", "base"].contains(&element.name.as_str()), "{name}: {element:?}");
            assert!(element.name != "script" || element.has("src"), "{name}: {element:?}");
            for attribute in element.attributes.keys() {
                assert!(attribute != "style" && !attribute.starts_with("on"), "{name}: {element:?}");
            }
        }
        let scripts = page.split("<script").skip(1);
        assert!(scripts.map(|rest| rest.split_once('>').expect("it ends").1).all(|rest| rest.starts_with("</script>")));
    }
}

#[test]
fn links_and_forms_lead_to_routes_that_there_are() {
    let is_one_of = |routes: &[&str], address: &str| {
        let path = address.split(['?', '#']).next().unwrap_or_default();
        let parts: Vec<&str> = path.split('/').collect();
        routes.iter().any(|route| {
            let known: Vec<&str> = route.split('/').collect();
            known.len() == parts.len()
                && known.iter().zip(&parts).all(|(known, part)| known == part || (*known == "*" && !part.is_empty()))
        })
    };
    let assets: BTreeSet<String> = pages::assets().iter().map(|asset| format!("/assets/{}", asset.name)).collect();
    for (name, page) in plain().into_iter().chain(hostile()) {
        let elements = elements(&page);
        let ids: Vec<&str> = elements.iter().map(|element| element.get("id")).filter(|id| !id.is_empty()).collect();
        let unique: BTreeSet<&str> = ids.iter().copied().collect();
        assert_eq!(unique.len(), ids.len(), "{name}: an id is there twice: {ids:?}");
        for element in &elements {
            for attribute in ["href", "src"].into_iter().filter(|attribute| element.has(attribute)) {
                let address = element.get(attribute);
                match address.strip_prefix('#') {
                    Some(id) => assert!(unique.contains(id), "{name}: nothing has the id {id}"),
                    None => assert!(is_one_of(&ROUTES, address), "{name}: {address}"),
                }
                assert!(!address.starts_with("/assets/") || assets.contains(address), "{name}: {address}");
            }
            for attribute in ["aria-labelledby", "aria-describedby"].into_iter().filter(|name| element.has(name)) {
                assert!(unique.contains(element.get(attribute)), "{name}: {element:?}");
            }
            if element.name == "form" {
                let (method, to) = (element.get("method"), element.get("action"));
                assert!(is_one_of(if method == "post" { &FORMS } else { &ROUTES }, to), "{name}: {element:?}");
            }
            assert!(!element.has("data-find") || unique.contains(element.get("data-find")), "{name}: {element:?}");
            assert!(!element.has("data-live") || element.has("id"), "{name}: {element:?}");
        }
    }
}

#[test]
fn every_form_that_changes_something_holds_the_secret_of_its_session() {
    for (name, page) in plain() {
        for form in page.split("<form").skip(1) {
            let form = form.split_once("</form>").expect("a form ends").0;
            let needs = form.contains("method=\"post\"") && !form.contains("action=\"/login\"");
            assert_eq!(
                form.contains("<input type=\"hidden\" name=\"csrf\" value=\"6f1d0c\">"),
                needs,
                "{name}: {form}"
            );
        }
    }
}

#[test]
fn every_field_has_a_label_and_every_button_a_name() {
    for (name, page) in plain().into_iter().chain(hostile()) {
        let mut inside = 0;
        for element in elements(&page) {
            match element.name.as_str() {
                "label" => inside += 1,
                "/label" => inside -= 1,
                "input" if element.get("type") == "hidden" => {}
                "input" | "select" | "textarea" => assert!(inside == 1 && element.has("name"), "{name}: {element:?}"),
                _ => {}
            }
        }
        assert!(!page.contains("<button></button>"), "{name}");
        for svg in elements(&page).iter().filter(|element| element.name == "svg") {
            assert!(svg.has("aria-label") || svg.get("aria-hidden") == "true", "{name}: {svg:?}");
        }
        for strip in elements(&page).iter().filter(|element| element.get("class") == "strip") {
            assert!(strip.get("role") == "img" && strip.get("aria-label").starts_with("last "), "{name}: {strip:?}");
        }
    }
}

#[test]
fn pages_have_one_first_heading_and_leave_none_out() {
    for (name, page) in plain().into_iter().chain(hostile()) {
        let mut level = 0;
        let mut firsts = 0;
        for element in elements(&page) {
            let Some(of) = element.name.strip_prefix('h').and_then(|rest| rest.parse::<u32>().ok()) else { continue };
            assert!(of <= level + 1, "{name}: a heading of level {of} follows one of level {level}");
            firsts += u32::from(of == 1);
            level = of;
        }
        assert_eq!(firsts, 1, "{name}");
        assert!(page.starts_with("<!doctype html>\n<html lang=\"en\">"), "{name}");
        let head = page.split_once("</head>").expect("a head").0;
        assert_eq!(head.matches("<title>").count(), 1, "{name}");
        assert_eq!(page.matches("<main id=\"main\"").count(), 1, "{name}");
    }
}

#[test]
fn elements_that_begin_end_and_within_what_they_began_in() {
    const EMPTY: [&str; 9] = ["meta", "link", "input", "!doctype", "rect", "path", "line", "circle", "polygon"];
    // ended by what follows them
    const OPTIONAL: [&str; 5] = ["tr", "th", "td", "li", "option"];
    for (name, page) in plain().into_iter().chain(hostile()) {
        let mut open: Vec<String> = Vec::new();
        for element in elements(&page) {
            let Some(ended) = element.name.strip_prefix('/') else {
                if !EMPTY.contains(&element.name.as_str()) {
                    open.push(element.name);
                }
                continue;
            };
            while open.last().is_some_and(|last| last != ended && OPTIONAL.contains(&last.as_str())) {
                open.pop();
            }
            assert_eq!(open.pop().as_deref(), Some(ended), "{name}: within {open:?}");
        }
        assert_eq!(open, Vec::<String>::new(), "{name}");
    }
}

#[test]
fn instants_are_there_for_machines_too() {
    let (_, home) = &plain()[0];
    assert!(home.contains("<time datetime=\"2026-11-20T06:12:00Z\" title=\"2026-11-20 06:12:00 UTC\">3 h ago</time>"));
    for (name, page) in plain() {
        for time in elements(&page).iter().filter(|element| element.name == "time") {
            assert!(time.get("datetime").ends_with('Z'), "{name}: {time:?}");
        }
    }
}

#[test]
fn whoever_may_only_look_is_offered_nothing_else() {
    let words = Words::plain();
    let visitors = [
        (Visitor::default(), "/login?next="),
        (Visitor { name: Some("eve".into()), csrf: "6f1d0c".into(), ..Visitor::default() }, "Your token may look"),
    ];
    for (visitor, instead) in visitors {
        let of = pages::silences::Silences { silences: vec![], ..pages::silences::Silences::default() };
        let page = pages::silences(&Frame { visitor, ..frame(&words, "/silences") }, &of).expect("a page");
        let page = String::from_utf8(page).expect("UTF-8");
        assert!(!page.contains("action=\"/silences\"") && page.contains(instead), "{page}");
    }
}

#[test]
fn the_first_screen_says_what_is_broken_since_when_and_whose_it_is() {
    let (_, home) = &plain()[0];
    let place = |text: &str| home.find(text).unwrap_or_else(|| panic!("{text}"));
    let order = [
        "4 incidents open",
        "Oldest 2 days ago",
        "bronze.events_raw",
        "4 rows share their key",
        "PSI 0.38",
        "8,112 rows",
    ];
    assert!(order.map(place).is_sorted(), "worst first, those that are known to somebody after those that are not");
    for said in ["orders@shop.example", "acknowledged</span> by grace", "silenced, ends", "1 not confirmed yet"] {
        let said = said.replace("</span>", "");
        assert!(home.contains(&said), "{said}");
    }
    assert!(home.contains("aria-label=\"last 30 runs, oldest first: "), "runs are told in words");
}

#[test]
fn assets_are_named_by_what_is_in_them_and_ask_nobody_for_anything() {
    for asset in pages::assets() {
        let text = String::from_utf8(asset.bytes.clone()).expect("UTF-8");
        for mark in ["@import", "url(", "https:", "//cdn", "eval(", "innerHTML = "] {
            assert!(!text.contains(mark), "{}: {mark}", asset.name);
        }
        assert!(asset.name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '.'), "{}", asset.name);
    }
    let names: BTreeSet<&str> = pages::assets().iter().map(|asset| asset.name.as_str()).collect();
    assert_eq!(names.len(), 4);
}

#[test]
fn a_list_of_ten_thousand_is_a_page_of_a_hundred() {
    let names: Vec<String> = (0..10_000).map(|n| format!("silver.table_{n:05}")).collect();
    let listed: Vec<list::Listed<'_>> = names
        .iter()
        .map(|name| list::Listed {
            name,
            kind: assay_core::ops::runs::Kind::Contract,
            layer: Some("silver"),
            owner: Some(name),
            tags: &[],
            enabled: true,
            outcome: Some(assay_core::verdict::Outcome::Pass),
            last: Some(fixture::NOW),
            busy: None,
            incidents: 0,
        })
        .collect();
    let filter = list::Filter::of([("page", "7")]);
    let selected = list::select(&listed, &filter);
    let (incidents, changed, more) = (vec![], vec![], BTreeMap::new());
    let home = pages::home::Home { incidents, changed, documents: &listed, filter: &filter, selected, more };
    let page = pages::home(&frame(&Words::plain(), "/"), &home).expect("a page");
    let page = String::from_utf8(page).expect("UTF-8");
    assert_eq!(page.matches("<th scope=\"row\">").count(), 100);
    assert!(page.contains("601 to 700 of 10,000") && page.contains("Page 7 of 100"));
    assert!(page.len() < 150_000, "{} bytes: owners to choose from are bounded", page.len());
}
