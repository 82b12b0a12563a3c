use assay_core::verdict::Outcome;

use super::headers::{atom, free, host};
use super::{said, strip, time};

#[test]
fn lengths_of_time_have_two_units() {
    let minute = 60_000;
    let of = |minutes: i64| time::length(minutes * minute);
    assert_eq!(of(0), "less than a minute");
    assert_eq!(of(1), "1 minute");
    assert_eq!(of(197), "3 hours 17 minutes");
    assert_eq!(of(9 * 1440), "9 days");
    assert_eq!(of(9 * 1440 + 61), "9 days 1 hour");
    assert_eq!(time::length(-5), "less than a minute");
    assert_eq!(time::instant(1_795_241_100_000), "21 Nov 2026 06:05 UTC");
    assert_eq!(time::instant(i64::MAX), "an unknown time");
}

#[test]
fn long_numbers_are_grouped() {
    let of = [0, 999, 1_000, 12_345, 1_234_567].map(said::grouped);
    assert_eq!(of, ["0", "999", "1,000", "12,345", "1,234,567"]);
}

#[test]
fn a_strip_is_told_in_words_and_drawn_the_same_each_time() {
    let mut runs = vec![Outcome::Pass; 40];
    runs[38..].fill(Outcome::Fail);
    runs[37] = Outcome::Error;
    let newest = strip::newest(&runs);
    assert_eq!(strip::words(newest), "30 runs: 27 passed, 2 failed, 1 could not be evaluated");
    assert_eq!(strip::words(&[Outcome::Warn]), "1 run: 1 warned");
    let png = strip::png(newest).expect("a drawing");
    assert_eq!(Some(&png), strip::png(newest).as_ref());
    assert_ne!(png, strip::png(&runs[..30]).expect("a drawing"));
    let mut reader = png::Decoder::new(std::io::Cursor::new(&png)).read_info().expect("PNG");
    let mut pixels = vec![0; reader.output_buffer_size().expect("a size")];
    reader.next_frame(&mut pixels).expect("pixels");
    let column = |n: usize| (0..36).filter(|y| pixels[y * 480 + n * 16 + 1] != 0).count();
    assert_eq!((column(0), column(27), column(29)), (14, 36, 36), "low bars passed, high ones did not");
    assert_eq!(pixels[18 * 480 + 27 * 16 + 6], 0, "what could not be evaluated is hollow");
    assert_ne!(pixels[18 * 480 + 29 * 16 + 6], 0);
}

#[test]
fn ids_stand_in_ids_of_mails_as_they_are_where_they_can() {
    assert_eq!(atom("n-01.2"), "n-01.2");
    for id in ["", "a b", "a@b", "a..b", ".a", "ä", "a\r\nb", &"a".repeat(101)] {
        let atom = atom(id);
        assert_eq!(atom.len(), 32, "{id:?}");
        assert!(atom.bytes().all(|byte| byte.is_ascii_hexdigit()));
    }
    let of = |address: &str| host(&address.parse().expect("an address"));
    assert_eq!((of("a@shop.example"), of("a@bücher.example")), ("shop.example".into(), "xn--bcher-kva.example".into()));
}

#[test]
fn free_texts_are_plain_where_they_are_words_and_encoded_where_not() {
    let of = |text: &str| {
        let mut headers = lettre::message::header::Headers::new();
        headers.insert_raw(free("Subject", text));
        headers.to_string()
    };
    assert_eq!(of("[shop] 2 failing"), "Subject: [shop] 2 failing\r\n");
    assert_eq!(of(" größer "), "Subject: =?utf-8?b?Z3LDtsOfZXI=?=\r\n");
    assert_eq!(of("a\r\nBcc: b"), "Subject: a\\r\\nBcc: b\r\n");
    assert_eq!(of("=?utf-8?q?x?="), "Subject: =?utf-8?b?PT91dGYtOD9xP3g/PQ==?=\r\n");
    for text in ["ü".repeat(400), "a".repeat(400), "🎉 ".repeat(200), "word ".repeat(100)] {
        assert!(of(&text).trim_end().split("\r\n").all(|line| line.len() <= 78), "{}", of(&text));
    }
}
