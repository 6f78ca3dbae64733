//! Fields of request bodies that serde would read in another way than JSON Schema does.

use std::fmt;
use std::marker::PhantomData;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, Deserializer, Error, MapAccess, Unexpected, Visitor};

/// A whole number, also written as `2.0`: JSON has one kind of number.
///
/// # Errors
/// Where it is none, or out of range.
pub fn whole<'de, N: TryFrom<i64>, D: Deserializer<'de>>(from: D) -> Result<N, D::Error> {
    struct Whole<N>(PhantomData<N>);

    impl<N: TryFrom<i64>> Visitor<'_> for Whole<N> {
        type Value = N;

        fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
            to.write_str("a whole number in the range of this field")
        }

        fn visit_i64<E: Error>(self, n: i64) -> Result<N, E> {
            N::try_from(n).map_err(|_| E::invalid_value(Unexpected::Signed(n), &self))
        }

        fn visit_u64<E: Error>(self, n: u64) -> Result<N, E> {
            match i64::try_from(n) {
                Ok(n) => self.visit_i64(n),
                Err(_) => Err(E::invalid_value(Unexpected::Unsigned(n), &self)),
            }
        }

        fn visit_f64<E: Error>(self, n: f64) -> Result<N, E> {
            // In decimals a whole number has no point, and no size is cut short.
            match n.to_string().parse() {
                Ok(n) => self.visit_i64(n),
                Err(_) => Err(E::invalid_value(Unexpected::Float(n), &self)),
            }
        }
    }

    from.deserialize_any(Whole(PhantomData))
}

/// An object, and not a list of its members in order.
///
/// # Errors
/// Where it is none, or its members cannot stand.
pub fn object<'de, T: Deserialize<'de>, D: Deserializer<'de>>(from: D) -> Result<T, D::Error> {
    struct Object<T>(PhantomData<T>);

    impl<'de, T: Deserialize<'de>> Visitor<'de> for Object<T> {
        type Value = T;

        fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
            to.write_str("an object")
        }

        fn visit_map<A: MapAccess<'de>>(self, members: A) -> Result<T, A::Error> {
            T::deserialize(MapAccessDeserializer::new(members))
        }
    }

    from.deserialize_any(Object(PhantomData))
}

#[cfg(test)]
mod tests {
    use crate::work_items::accept_lowering::Lowering;

    fn lowering(to: &str) -> Result<i32, String> {
        let text = format!(r#"{{"to": {to}, "reason": "seen"}}"#);
        match ppn_http::extract::read_json::<Lowering>(text.as_bytes()) {
            Ok(read) => Ok(read.to.score),
            Err(problem) => Err(format!("{} {}", problem.errors[0].path, problem.errors[0].fix)),
        }
    }

    #[test]
    fn a_number_with_a_fraction_of_nought_is_whole() {
        assert_eq!(lowering(r#"{"band": "green", "score": -12.0}"#), Ok(-12));
        assert_eq!(lowering(r#"{"band": "green", "score": 1.2e1}"#), Ok(12));
    }

    #[test]
    fn what_is_not_whole_or_out_of_range_is_refused_by_name() {
        for score in ["1.5", "1e300", "2147483648", "18446744073709551615", "\"12\"", "null"] {
            let refused = lowering(&format!(r#"{{"band": "green", "score": {score}}}"#));
            let said = "/to/score send a whole number in the range of this field";
            assert_eq!(refused, Err(said.to_owned()), "{score}");
        }
    }

    #[test]
    fn a_list_is_no_object() {
        assert_eq!(lowering(r#"["green", 12]"#), Err("/to send an object".to_owned()));
        let list = ppn_http::extract::read_json::<Lowering>(b" [null, {}, \"seen\"]");
        assert_eq!(list.map(|_| ()).map_err(|p| p.errors[0].fix.clone()), Err("send an object".to_owned()));
    }
}
