use proptest::prelude::*;

use super::*;

proptest! {
    #[test]
    fn a_key_comes_back_from_its_subject(text in "[-/_=a-zA-Z0-9]{1,20}(\\.[-/_=a-zA-Z0-9]{1,20}){0,5}", bucket in "[-_a-zA-Z0-9]{1,64}") {
        let prefix = Tenant::default().key_prefix(&Bucket::new(bucket).unwrap());
        let key = Key::new(text).unwrap();
        let subject = key_subject(&prefix, &key);
        prop_assert_eq!(key_of(&prefix, &subject), Some(key));
        // What the server takes as a subject to publish on: no spaces, no wildcards, no empty tokens.
        prop_assert!(subject.split('.').all(|token| !token.is_empty()));
        prop_assert!(subject.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'*' && byte != b'>'));
    }

    #[test]
    fn no_two_tenants_and_buckets_share_a_name(
        one in ("[-a-z0-9]{1,4}", "[-_a-zA-Z0-9]{1,6}"),
        other in ("[-a-z0-9]{1,4}", "[-_a-zA-Z0-9]{1,6}"),
    ) {
        prop_assume!(one != other);
        let names = |(tenant, bucket): &(String, String)| {
            let (tenant, bucket) = (Tenant::new(tenant).unwrap(), Bucket::new(bucket).unwrap());
            [tenant.bucket_stream(&bucket), tenant.key_prefix(&bucket), tenant.barriers(&bucket)]
        };
        for (one, other) in names(&one).iter().zip(names(&other)) {
            prop_assert_ne!(one, &other);
        }
    }

    #[test]
    fn what_is_another_buckets_is_no_key(text in "[a-z]{1,5}") {
        let tenant = Tenant::default();
        let prefix = tenant.key_prefix(&Bucket::new("one").unwrap());
        let other = tenant.key_prefix(&Bucket::new("one-two").unwrap());
        prop_assert_eq!(key_of(&prefix, &format!("{other}{text}")), None);
        prop_assert_eq!(key_of(&prefix, &tenant.barriers(&Bucket::new("one").unwrap())), None);
    }
}

#[test]
fn a_tenants_name_is_checked() {
    for fine in ["a", "default", "team-7", &"x".repeat(32)] {
        assert_eq!(Tenant::new(fine).unwrap().as_str(), fine);
    }
    for bad in ["", "A", "a_b", "a.b", "a b", "*", ">", "ä", &"x".repeat(33)] {
        assert_eq!(Tenant::new(bad).unwrap_err().code(), Code::InvalidConfiguration, "{bad:?}");
    }
}
