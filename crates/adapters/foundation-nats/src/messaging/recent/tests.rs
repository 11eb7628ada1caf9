use super::*;

fn subject(text: &str) -> Subject {
    Subject::new(text).unwrap()
}

#[test]
fn a_subject_that_asks_again_and_again_is_encoded_twice() {
    let recent = Recent::default();
    let held = subject("a");
    let mut encoded = 0;
    for _ in 0..10 {
        let got = recent.get(&held.clone(), || {
            encoded += 1;
            "prefix.a".into()
        });
        assert_eq!(got.as_str(), "prefix.a");
    }
    assert_eq!(encoded, 2);
}

#[test]
fn each_subject_gets_its_own_text_however_they_share_places() {
    let recent = Recent::default();
    let subjects: Vec<Subject> = (0..10 * PLACES).map(|number| subject(&number.to_string())).collect();
    for round in 0..4 {
        for held in &subjects {
            let got = recent.get(held, || format!("prefix.{held}").into());
            assert_eq!(got.as_str(), format!("prefix.{held}"), "round {round}");
        }
        // A text that comes to lie where another one did.
        for number in 0..100 {
            let fleeting = subject(&format!("fleeting-{round}-{number}"));
            let got = recent.get(&fleeting, || format!("prefix.{fleeting}").into());
            assert_eq!(got.as_str(), format!("prefix.{fleeting}"));
        }
    }
}
