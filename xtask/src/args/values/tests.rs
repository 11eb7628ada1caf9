use super::*;

#[test]
fn json_target_is_a_file_or_standard_output() {
    assert_eq!("-".parse(), Ok(JsonTarget::Stdout));
    assert_eq!("a.json".parse(), Ok(JsonTarget::File(PathBuf::from("a.json"))));
    assert!("".parse::<JsonTarget>().is_err());
}

#[test]
fn http_reads_what_it_shows() {
    for text in ["off", "usual", "127.0.0.1:9464", "[::1]:80"] {
        assert_eq!(text.parse::<Http>().expect("valid").to_string(), text);
    }
    for bad in ["9464", "localhost:9464", "127.0.0.1"] {
        let error = bad.parse::<Http>().expect_err(bad);
        assert!(error.contains("127.0.0.1:9464"), "{bad}: {error}");
    }
}

#[test]
fn probability_is_from_0_to_1() {
    assert_eq!(probability("0.25"), Ok(0.25));
    for bad in ["-0.1", "1.1", "NaN", "x"] {
        assert!(probability(bad).is_err(), "{bad}");
    }
}
