use std::time::Duration;

use foundation_core::Code;

use super::{caught, quiet_panics, within};

#[test]
fn a_panic_is_an_error_on_one_line() {
    quiet_panics();
    let error = within("test", Duration::from_secs(5), "read", || -> foundation_core::Result<()> {
        panic!("page 7\nis damaged");
    })
    .unwrap_err();
    assert_eq!(error.code(), Code::Corrupt);
    assert_eq!(error.what(), "read: sled gave up: page 7 is damaged");
    assert_eq!(caught("read", || 7).unwrap(), 7);
}

#[test]
fn what_never_ends_is_given_up() {
    let (_keep, never) = std::sync::mpsc::channel::<()>();
    let error = within("test", Duration::from_millis(5), "open", move || {
        let _ = never.recv();
        Ok(())
    })
    .unwrap_err();
    assert_eq!(error.code(), Code::Timeout);
}
