use super::*;

fn code_of(settings: &NatsSettings) -> Option<Code> {
    settings.check().err().map(|error| error.code())
}

fn beyond() -> NatsSettings {
    NatsSettings::at("nats://10.1.2.3:4222")
}

#[test]
fn the_defaults_are_allowed() {
    NatsSettings::default().check().unwrap();
    for server in ["nats://localhost:4222", "nats://[::1]:4222", "127.0.0.9:1", "tls://127.0.0.1:4222"] {
        NatsSettings::at(server).check().unwrap();
    }
}

#[test]
fn a_link_beyond_the_machine_is_encrypted_and_has_credentials_or_says_that_it_has_not() {
    let error = beyond().check().unwrap_err();
    assert_eq!(error.code(), Code::InvalidConfiguration);
    assert!(error.to_string().contains("10.1.2.3:4222"), "{error}");
    assert!(error.to_string().contains("allow_plaintext"), "{error}");

    let mut settings = beyond();
    settings.tls.require = true;
    let error = settings.check().unwrap_err();
    assert!(error.to_string().contains("allow_anonymous"), "{error}");
    settings.auth = NatsAuth::Token("secret".into());
    settings.check().unwrap();

    let mut settings = NatsSettings::at("tls://nats.example:4222");
    assert_eq!(code_of(&settings), Some(Code::InvalidConfiguration));
    settings.tls.client = Some(("cert.pem".into(), "key.pem".into()));
    settings.check().unwrap();

    let meant = NatsSettings { allow_plaintext: true, allow_anonymous: true, ..beyond() };
    meant.check().unwrap();
}

#[test]
fn one_exposed_server_among_others_is_enough_to_refuse() {
    let mut settings = NatsSettings::default();
    settings.servers.push("nats://10.1.2.3:4222".to_owned());
    assert_eq!(code_of(&settings), Some(Code::InvalidConfiguration));
}

#[test]
fn what_cannot_work_is_refused() {
    let with = |change: fn(&mut NatsSettings)| {
        let mut settings = NatsSettings::default();
        change(&mut settings);
        settings
    };
    for settings in [
        with(|settings| settings.servers.clear()),
        with(|settings| settings.servers = vec!["http://127.0.0.1".to_owned()]),
        with(|settings| settings.servers = vec!["nats://".to_owned()]),
        with(|settings| settings.replicas = 0),
        with(|settings| settings.replicas = 2),
        with(|settings| settings.replicas = 7),
        with(|settings| settings.value_bytes = 1),
        with(|settings| settings.batch_bytes = 1),
        with(|settings| settings.batch_writes = 1_000),
        with(|settings| settings.history = 0),
        with(|settings| settings.marker_life = Duration::from_millis(10)),
        with(|settings| settings.answer_timeout = Duration::ZERO),
        with(|settings| settings.resolve_timeout = Duration::from_secs(20)),
    ] {
        assert_eq!(code_of(&settings), Some(Code::InvalidConfiguration), "{settings:?}");
    }
}

#[test]
fn neither_debug_nor_errors_show_secrets() {
    let secrets = [
        NatsAuth::Token("hunter2".into()),
        NatsAuth::UserPassword { user: "me".to_owned(), password: "hunter2".into() },
        NatsAuth::Nkey("hunter2".into()),
    ];
    for auth in secrets {
        let text = format!("{:?}", NatsSettings { auth, ..NatsSettings::default() });
        assert!(!text.contains("hunter2"), "{text}");
    }
    let error = NatsSettings::at("nats://me:hunter2@127.0.0.1:4222").check().unwrap_err();
    assert_eq!(error.code(), Code::InvalidConfiguration);
    assert!(!format!("{error} {error:?} {}", error.chain()).contains("hunter2"), "{error:?}");
}
