use foundation_core::Code;

use super::{ParamValue, Params};

fn params() -> Params {
    Params::new().with("lr", 1.0).with("hidden", 64).with("act", "relu").with("bias", false)
}

#[test]
fn values_are_read_by_name_and_kind() {
    let params = params();
    assert_eq!(params.float("lr").unwrap(), 1.0);
    assert_eq!(params.int("hidden").unwrap(), 64);
    assert_eq!(params.choice("act").unwrap(), "relu");
    assert!(!params.bool("bias").unwrap());
    assert_eq!(params.with("lr", 0.5).float("lr").unwrap(), 0.5);
}

#[test]
fn a_wrong_name_or_kind_is_told() {
    let error = params().int("lr").unwrap_err();
    assert_eq!(error.code(), Code::InvalidStudy);
    assert_eq!(error.what(), "parameter `lr` is a float (1.0) and was read as an integer");
    let error = params().float("rate").unwrap_err();
    assert_eq!(error.code(), Code::UnknownName);
    assert_eq!(error.what(), "parameter `rate` is not among act, bias, hidden, lr");
    assert_eq!(Params::new().bool("x").unwrap_err().what(), "parameter `x` is not among those of an empty set");
}

#[test]
fn json_is_plain_scalars_by_name() {
    let json = serde_json::to_string(&params()).unwrap();
    assert_eq!(json, r#"{"act":"relu","bias":false,"hidden":64,"lr":1.0}"#);
    assert_eq!(serde_json::from_str::<Params>(&json).unwrap(), params());
    assert_eq!(params().to_string(), "act=relu bias=false hidden=64 lr=1.0");
}

#[test]
fn a_float_comes_back_bit_for_bit() {
    for value in [1.0, -0.0, 0.1 + 0.2, 1e300, 5e-324, f64::MAX, 1.0 / 3.0, 9_007_199_254_740_993.0] {
        let json = serde_json::to_string(&ParamValue::Float(value)).unwrap();
        let ParamValue::Float(read) = serde_json::from_str(&json).unwrap() else {
            panic!("{json} came back as no float")
        };
        assert_eq!(read.to_bits(), value.to_bits(), "{json}");
    }
}

#[test]
fn what_is_no_scalar_is_refused() {
    assert!(serde_json::to_string(&ParamValue::Float(f64::NAN)).is_err());
    for json in ["null", "[1]", "{}", "18446744073709551615"] {
        assert!(serde_json::from_str::<ParamValue>(json).is_err(), "{json}");
    }
    let error = serde_json::from_str::<Params>(r#"{"a":1,"a":2}"#).unwrap_err();
    assert!(error.to_string().contains("parameter `a` stands there twice"), "{error}");
}
