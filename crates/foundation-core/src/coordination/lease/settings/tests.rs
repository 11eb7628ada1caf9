use std::time::Duration;

use super::LeaseSettings;
use crate::error::Code;

#[test]
fn a_lease_is_renewed_each_third_and_given_up_a_tenth_before_its_end() {
    let terms = LeaseSettings::default().terms();
    assert_eq!((terms.ttl, terms.margin), (Duration::from_secs(15), Duration::from_millis(1_500)));
    assert_eq!((terms.renew_after, terms.pause), (Duration::from_secs(5), Duration::from_millis(250)));
    assert_eq!(LeaseSettings::seconds(0).terms().ttl, Duration::from_secs(1), "the shortest there is");
    assert_eq!(LeaseSettings::seconds(3).pause(), Duration::from_millis(100));
}

#[test]
fn a_margin_leaves_at_least_half() {
    let half = Duration::from_secs(5);
    assert_eq!(LeaseSettings::seconds(10).margin(half).unwrap().terms().margin, half);
    let error = LeaseSettings::seconds(10).margin(half + Duration::from_nanos(1)).unwrap_err();
    assert_eq!(error.code(), Code::InvalidConfiguration);
}
