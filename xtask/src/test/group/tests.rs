use super::*;

#[test]
fn a_file_below_the_root_of_tests_is_a_module() {
    for (path, expected) in [
        ("crates/a/tests/it/main.rs", None),
        ("crates/a/tests/it.rs", None),
        ("crates/a/tests/it/key_value.rs", Some("key_value::")),
        ("crates/a/tests/it/key_value/durable.rs", Some("key_value::durable::")),
        ("crates/a/src/suite.rs", None),
    ] {
        assert_eq!(module_of(Path::new(path)).as_deref(), expected, "{path}");
    }
}

#[test]
fn a_module_of_the_same_name_elsewhere_is_no_contract() {
    let marks = Marks { contracts: BTreeSet::from(["key_value::".to_owned()]), ..Marks::default() };
    assert_eq!(marks.group_of("key_value::writes", Target::Integration), Group::Contract);
    assert_eq!(marks.group_of("registry::key_value::writes", Target::Integration), Group::Integration);
    assert_eq!(marks.group_of("key_value::tests::writes", Target::Unit), Group::Unit);
    assert_eq!(marks.group_of("key_value (line 3)", Target::Doc), Group::Doc);
}
