use proptest::prelude::*;

use super::*;
use crate::port::registry::RegisteredName;

fn key(number: u8) -> Key {
    Key::new(&RegisteredName::new(format!("n{number}")).unwrap())
}

#[derive(Clone, Debug)]
enum Step {
    Put(u8, Vec<(u8, u8)>),
    Remove(u8),
    Exactly(u8, u8),
    Containing(u8, u8),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => (0..6_u8, proptest::collection::vec((0..3_u8, 0..12_u8), 0..3)).prop_map(|(n, words)| Step::Put(n, words)),
        2 => (0..6_u8).prop_map(Step::Remove),
        2 => (0..3_u8, 0..12_u8).prop_map(|(word, value)| Step::Exactly(word, value)),
        1 => (0..3_u8, 0..3_u8).prop_map(|(word, value)| Step::Containing(word, value)),
    ]
}

proptest! {
    /// Whenever an index is made, it answers as a search of everything does.
    #[test]
    fn indexes_agree_with_a_search(steps in proptest::collection::vec(step(), 1..60)) {
        let owner = ProcessRef { process: 1, incarnation: 1 };
        let mut described = Described::default();
        let mut model: BTreeMap<Key, Metadata> = BTreeMap::new();
        let search = |model: &BTreeMap<Key, Metadata>, word: &str, fits: &dyn Fn(&str) -> bool| -> Vec<Key> {
            model.iter().filter(|(_, words)| words.get(word).is_some_and(|value| fits(value))).map(|(key, _)| key.clone()).collect()
        };
        for step in steps {
            match step {
                Step::Put(number, words) => {
                    let words: Metadata = words.into_iter().map(|(word, value)| (word.to_string(), value.to_string())).collect();
                    described.put(&key(number), owner, Arc::new(words.clone()));
                    model.insert(key(number), words);
                }
                Step::Remove(number) => {
                    described.remove(&key(number));
                    model.remove(&key(number));
                }
                Step::Exactly(word, value) => {
                    let found = described.exactly(&word.to_string(), &value.to_string());
                    let found: Vec<_> = found.into_iter().map(|(key, ..)| key).collect();
                    prop_assert_eq!(found, search(&model, &word.to_string(), &|other| other == value.to_string()));
                }
                Step::Containing(word, text) => {
                    let found = described.containing(&word.to_string(), &text.to_string());
                    let found: Vec<_> = found.into_iter().map(|(key, ..)| key).collect();
                    prop_assert_eq!(found, search(&model, &word.to_string(), &|other| other.contains(&text.to_string())));
                }
            }
        }
        for number in 0..6 {
            described.remove(&key(number));
        }
        prop_assert!(described.words.is_empty() && described.indexes.values().all(BTreeMap::is_empty), "something is left");
    }
}
