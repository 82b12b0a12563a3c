//! Floats in text formats, bit for bit: `#[serde(with = "assay_stats::exact")]`.
//!
//! JSON has neither NaN nor infinities, and readers of its numbers may be off by the last bit. So a float is written as
//! the shortest text that reads back as the same float; inside options, lists and tuples, too.

use serde::de::{DeserializeOwned, Deserializer, Error};
use serde::ser::Serializer;
use serde::{Deserialize, Serialize};

/// Something with floats in it.
pub trait Exact: Sized {
    /// The same with floats as text.
    type Text: Serialize + DeserializeOwned;
    /// Written.
    fn to_text(&self) -> Self::Text;
    /// Read; the error names what is no number.
    fn from_text(text: Self::Text) -> Result<Self, String>;
}

impl Exact for f64 {
    type Text = String;
    fn to_text(&self) -> String {
        // `Debug` is the shortest form, with an exponent where that is shorter
        format!("{self:?}")
    }
    fn from_text(text: String) -> Result<f64, String> {
        text.parse().map_err(|_| format!("not a number: {text:?}"))
    }
}

impl Exact for String {
    type Text = String;
    fn to_text(&self) -> String {
        self.clone()
    }
    fn from_text(text: String) -> Result<String, String> {
        Ok(text)
    }
}

impl<T: Exact> Exact for Option<T> {
    type Text = Option<T::Text>;
    fn to_text(&self) -> Self::Text {
        self.as_ref().map(T::to_text)
    }
    fn from_text(text: Self::Text) -> Result<Self, String> {
        text.map(T::from_text).transpose()
    }
}

impl<T: Exact> Exact for Vec<T> {
    type Text = Vec<T::Text>;
    fn to_text(&self) -> Self::Text {
        self.iter().map(T::to_text).collect()
    }
    fn from_text(text: Self::Text) -> Result<Self, String> {
        text.into_iter().map(T::from_text).collect()
    }
}

impl<A: Exact, B: Exact> Exact for (A, B) {
    type Text = (A::Text, B::Text);
    fn to_text(&self) -> Self::Text {
        (self.0.to_text(), self.1.to_text())
    }
    fn from_text((a, b): Self::Text) -> Result<Self, String> {
        Ok((A::from_text(a)?, B::from_text(b)?))
    }
}

impl<A: Exact, B: Exact, C: Exact> Exact for (A, B, C) {
    type Text = (A::Text, B::Text, C::Text);
    fn to_text(&self) -> Self::Text {
        (self.0.to_text(), self.1.to_text(), self.2.to_text())
    }
    fn from_text((a, b, c): Self::Text) -> Result<Self, String> {
        Ok((A::from_text(a)?, B::from_text(b)?, C::from_text(c)?))
    }
}

/// Writes it.
pub fn serialize<T: Exact, S: Serializer>(value: &T, serializer: S) -> Result<S::Ok, S::Error> {
    value.to_text().serialize(serializer)
}

/// Reads it.
pub fn deserialize<'de, T: Exact, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    T::from_text(T::Text::deserialize(deserializer)?).map_err(D::Error::custom)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[derive(Serialize, Deserialize)]
    struct Held {
        #[serde(with = "super")]
        one: f64,
        #[serde(default, with = "super")]
        some: Option<(String, f64)>,
        #[serde(with = "super")]
        many: Vec<(f64, f64, f64)>,
    }

    fn back(held: &Held) -> Held {
        serde_json::from_slice(&serde_json::to_vec(held).expect("it can be written")).expect("it can be read")
    }

    #[test]
    fn what_json_has_no_number_for_survives() {
        let held = Held { one: f64::NAN, some: None, many: vec![(f64::INFINITY, f64::NEG_INFINITY, -0.0)] };
        let read = back(&held);
        assert!(read.one.is_nan() && read.some.is_none());
        assert_eq!((read.many[0].0, read.many[0].1), (f64::INFINITY, f64::NEG_INFINITY));
        assert!(read.many[0].2.is_sign_negative());
    }

    #[test]
    fn other_texts_are_refused() {
        for bad in [r#"{"one":"1,5","many":[]}"#, r#"{"one":1.5,"many":[]}"#, r#"{"one":"1","many":[["1","2"]]}"#] {
            assert!(serde_json::from_str::<Held>(bad).is_err(), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn every_float_is_the_same_float_again(one in any::<f64>(), other in any::<f64>()) {
            let read = back(&Held { one, some: Some(("x".into(), other)), many: vec![(one, other, one)] });
            prop_assert_eq!(read.one.to_bits(), one.to_bits());
            let (name, some) = read.some.expect("it was there");
            prop_assert_eq!((name.as_str(), some.to_bits()), ("x", other.to_bits()));
            prop_assert_eq!(read.many[0].1.to_bits(), other.to_bits());
        }
    }
}
