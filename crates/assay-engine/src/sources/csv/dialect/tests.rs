use assay_core::contract::CsvOptions;
use proptest::prelude::*;

use super::*;
use crate::sources::csv::text_of;
use crate::sources::text_blocks::{Cutter, count_lines};

/// The records of a text as `csv-core` reads them.
fn oracle(text: &[u8], options: &CsvOptions) -> Vec<Vec<Vec<u8>>> {
    let mut builder = csv_core::ReaderBuilder::new();
    builder
        .delimiter(options.delimiter)
        .quoting(options.quote.is_some())
        .escape(options.escape)
        .comment(options.comment);
    let mut reader = builder.quote(options.quote.unwrap_or(b'"')).build();
    let (mut input, mut records) = (text, Vec::new());
    let (mut output, mut ends) = (vec![0; text.len() + 8], vec![0; text.len() + 8]);
    let (mut n_output, mut n_ends) = (0, 0);
    loop {
        let (result, n_in, n_out, n_end) = reader.read_record(input, &mut output[n_output..], &mut ends[n_ends..]);
        input = &input[n_in..];
        (n_output, n_ends) = (n_output + n_out, n_ends + n_end);
        match result {
            csv_core::ReadRecordResult::InputEmpty => {}
            csv_core::ReadRecordResult::Record => {
                let starts = std::iter::once(0).chain(ends.iter().copied());
                records.push(starts.zip(&ends[..n_ends]).map(|(from, to)| output[from..*to].to_vec()).collect());
                (n_output, n_ends) = (0, 0);
            }
            csv_core::ReadRecordResult::End => return records,
            other => panic!("{other:?}"),
        }
    }
}

fn records(text: &[u8], dialect: Dialect) -> Result<Vec<Vec<Vec<u8>>>, OpenQuote> {
    let mut reader = Records::new(dialect, text, 0);
    let mut records = Vec::new();
    while reader.advance().is_some() {
        let mut cells = Vec::new();
        reader.record(|_, span| cells.push(text_of(span, dialect).into_bytes()))?;
        records.push(cells);
    }
    Ok(records)
}

/// Cuts a text into blocks, handing it over a few bytes more at a time.
fn cut(text: &[u8], dialect: Dialect, target: usize, step: usize) -> Vec<&[u8]> {
    let mut cutter = RecordCutter::new(dialect);
    let (mut rest, mut blocks) = (text, Vec::new());
    while !rest.is_empty() {
        cutter.restart();
        let mut seen = 0;
        let end = loop {
            seen = (seen + step).min(rest.len());
            match cutter.cut(&rest[..seen], target) {
                Some(end) => break end,
                None if seen == rest.len() => break seen,
                None => {}
            }
        };
        let (block, after) = rest.split_at(end);
        blocks.push(block);
        rest = after;
    }
    blocks
}

fn options() -> impl Strategy<Value = CsvOptions> {
    (any::<bool>(), any::<bool>(), any::<bool>()).prop_map(|(quote, escape, comment)| CsvOptions {
        quote: quote.then_some(b'"'),
        escape: escape.then_some(b'\\'),
        comment: comment.then_some(b'#'),
        ..CsvOptions::default()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, ..ProptestConfig::default() })]

    #[test]
    fn any_text_splits_as_the_reference_splits_it(text in "[a\",\n\\\\#é \u{0}]{0,40}", options in options()) {
        let dialect = Dialect::new(&options).expect("usable");
        // the reference takes a quote left open for one that ends with the file, and makes a record of a comment
        // that ends with it
        let text = text + "\n";
        if let Ok(ours) = records(text.as_bytes(), dialect) {
            prop_assert_eq!(ours, oracle(text.as_bytes(), &options));
        }
    }

    #[test]
    fn all_line_ends_split_as_the_reference_splits_them(text in "[a\",\r\n]{0,40}") {
        let options = CsvOptions::default();
        if let Ok(ours) = records(text.as_bytes(), Dialect::new(&options).expect("usable")) {
            prop_assert_eq!(ours, oracle(text.as_bytes(), &options));
        }
    }

    #[test]
    fn blocks_hold_the_records_of_the_whole(text in "[aaaa\",,\r\n\n\\\\#]{0,60}", options in options(), target in 1usize..20, step in 1usize..8) {
        let dialect = Dialect::new(&options).expect("usable");
        if let Ok(whole) = records(text.as_bytes(), dialect) {
            let blocks = cut(text.as_bytes(), dialect, target, step);
            let mut parts = Vec::new();
            for block in &blocks {
                parts.extend(records(block, dialect).expect("no quote is opened by cutting"));
            }
            prop_assert_eq!(parts, whole);
            // where it is cut is a matter of the text, not of how it was read
            prop_assert_eq!(&blocks, &cut(text.as_bytes(), dialect, target, text.len().max(1)));
            let counts: u64 = blocks.iter().map(|b| count_lines(b)).sum();
            prop_assert_eq!(counts, count_lines(text.as_bytes()));
        }
    }
}
