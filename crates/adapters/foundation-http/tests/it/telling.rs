//! What becomes of answers: told twice, told late, told in several objectives; and of trials that are given back.

use std::time::Duration;

use foundation_memory::VirtualClock;
use serde_json::{Value, json};

use crate::client::on_tokio;
use crate::studies::{ask, local, parabola, post, read, server, tell};

const STUDY: &str = "/v1/studies/parabola";

async fn say(at: std::net::SocketAddr, what: &str, fields: Value) -> (u16, Value) {
    post(at, &format!("{STUDY}/{what}"), fields).await
}

#[test]
fn an_answer_counts_once_and_the_first_one_stands() {
    on_tokio(async {
        let clock = VirtualClock::new();
        let server = server(&clock, local(&clock)).await;
        let at = server.address();
        post(at, "/v1/studies", parabola()).await;
        let asked = ask(at, "w").await;
        assert_eq!(tell(at, &asked, 0.5).await.1["recorded"], "now");
        assert_eq!(tell(at, &asked, 0.5).await.1["recorded"], "before");
        let (status, refused) = tell(at, &asked, 0.6).await;
        assert_eq!((status, &refused["name"]), (409, &json!("conflict")), "{refused}");
        let failed = say(at, "tell", json!({"lease": asked["lease"], "failed": "x"})).await;
        assert_eq!(failed.0, 409);
        let shown = read(at, STUDY).await.1;
        assert_eq!((&shown["trials"][0]["value"], &shown["counts"]["completed"]), (&json!(0.5), &json!(1)));
    });
}

#[test]
fn a_late_answer_counts_until_somebody_else_has_the_trial() {
    on_tokio(async {
        let clock = VirtualClock::new();
        let server = server(&clock, local(&clock)).await;
        let at = server.address();
        post(at, "/v1/studies", parabola()).await;
        let (slow, slower) = (ask(at, "slow").await, ask(at, "slower").await);
        clock.advance(Duration::from_secs(600));
        assert_eq!(tell(at, &slow, 0.5).await.1["recorded"], "now", "nobody else has it");
        let next = ask(at, "next").await;
        assert_eq!(next["trial"], slower["trial"]);
        assert_eq!(tell(at, &slower, 0.5).await.0, 410);
        assert_eq!(say(at, "renew", json!({"lease": slower["lease"]})).await.0, 410);
        let report = json!({"lease": slower["lease"], "step": 1, "value": 0.5});
        assert_eq!(say(at, "report", report).await.0, 410);
        assert_eq!(tell(at, &next, 0.7).await.1["recorded"], "now");
        // The same value from both: nothing is lost, so nothing is refused.
        assert_eq!(tell(at, &slower, 0.7).await.1["recorded"], "before");
    });
}

#[test]
fn what_is_no_number_is_refused_and_leaves_the_trial_open() {
    on_tokio(async {
        let clock = VirtualClock::new();
        let server = server(&clock, local(&clock)).await;
        let at = server.address();
        post(at, "/v1/studies", parabola()).await;
        let asked = ask(at, "w").await;
        for value in ["NaN", "\"NaN\"", "null", "1e999", "[1]"] {
            let lease = asked["lease"].as_str().expect("a text");
            let text = format!("{{\"version\": 1, \"lease\": \"{lease}\", \"value\": {value}}}");
            let (status, refused) = crate::studies::send(at, "POST", &format!("{STUDY}/tell"), &text).await;
            assert_eq!(status, 400, "{value}: {refused}");
            let report = text.replace("\"value\"", "\"step\": 1, \"value\"");
            let (status, refused) = crate::studies::send(at, "POST", &format!("{STUDY}/report"), &report).await;
            assert_eq!(status, 400, "{value}: {refused}");
        }
        assert_eq!(read(at, STUDY).await.1["trials"][0]["state"], "running");
        let failed = json!({"lease": asked["lease"], "failed": "the loss is NaN"});
        assert_eq!(say(at, "tell", failed).await.1["recorded"], "now");
        let shown = read(at, STUDY).await.1;
        assert_eq!(
            (&shown["trials"][0]["state"], &shown["trials"][0]["failure"]),
            (&json!("failed"), &json!("the loss is NaN"))
        );
    });
}

#[test]
fn a_reason_of_any_length_is_kept_as_far_as_the_log_takes_it() {
    on_tokio(async {
        let clock = VirtualClock::new();
        let server = server(&clock, local(&clock)).await;
        let at = server.address();
        post(at, "/v1/studies", parabola()).await;
        let asked = ask(at, "w").await;
        let failed = json!({"lease": asked["lease"], "failed": "x".repeat(200_000)});
        assert_eq!(say(at, "tell", failed.clone()).await.1["recorded"], "now");
        assert_eq!(say(at, "tell", failed).await.1["recorded"], "before");
        assert_eq!(ask(at, "w").await["status"], "trial", "the study goes on");
    });
}

#[test]
fn several_objectives_are_told_in_order_and_make_a_front() {
    on_tokio(async {
        let clock = VirtualClock::new();
        let server = server(&clock, local(&clock)).await;
        let at = server.address();
        let mut both = parabola();
        both.as_object_mut().expect("fields").remove("direction");
        both["objective"] = json!([{"name": "loss", "direction": "minimize"}, {"name": "accuracy"}]);
        let (status, opened) = post(at, "/v1/studies", both).await;
        assert_eq!((status, &opened["goals"]), (201, &json!([{"name": "accuracy", "direction": "maximize"}])));
        let mut n_told = 0;
        for values in [[0.5, 0.5], [0.6, 0.4], [0.1, 0.1], [0.9, 0.9]] {
            let asked = ask(at, "w").await;
            let (status, refused) = tell(at, &asked, 0.5).await;
            assert_eq!((status, &refused["name"]), (400, &json!("invalid_input")), "{refused}");
            let told = say(at, "tell", json!({"lease": asked["lease"], "values": values})).await;
            assert_eq!(told.1["recorded"], "now");
            n_told += 1;
        }
        assert_eq!((n_told, &ask(at, "w").await["status"]), (4, &json!("finished")));
        let shown = read(at, STUDY).await.1;
        let front: Vec<bool> =
            shown["trials"].as_array().expect("a list").iter().map(|trial| trial["is_front"] == true).collect();
        assert_eq!((front, &shown["n_front"]), (vec![true, false, true, true], &json!(3)));
        assert_eq!(shown["trials"][3]["values"], json!([0.9, 0.9]));
        assert_eq!(shown["best"]["trial"], 2, "by the first objective");
    });
}

#[test]
fn a_trial_that_is_given_back_is_free_at_once() {
    on_tokio(async {
        let clock = VirtualClock::new();
        let server = server(&clock, local(&clock)).await;
        let at = server.address();
        post(at, "/v1/studies", parabola()).await;
        let (asked, _other) = (ask(at, "leaves").await, ask(at, "stays").await);
        let lease = json!({"lease": asked["lease"]});
        assert_eq!(say(at, "release", lease.clone()).await, (200, json!({"version": 1, "released": true})));
        assert_eq!(say(at, "release", lease).await, (200, json!({"version": 1, "released": false})));
        let next = ask(at, "next").await;
        assert_eq!((&next["trial"], &next["params"]), (&asked["trial"], &asked["params"]));
        assert_ne!(next["lease"], asked["lease"]);
        assert_eq!(tell(at, &asked, 0.5).await.0, 410);
    });
}

#[test]
fn what_is_enqueued_is_tried_first_and_once() {
    on_tokio(async {
        let clock = VirtualClock::new();
        let server = server(&clock, local(&clock)).await;
        let at = server.address();
        let mut known = parabola();
        (known["enqueue"], known["slots"]) = (json!([{"x": 0}]), json!(1));
        post(at, "/v1/studies", known.clone()).await;
        assert_eq!(post(at, "/v1/studies", known).await.0, 200, "once more adds nothing");
        for (x, recorded) in [(0.25, "now"), (0.25, "before"), (0.0, "before")] {
            let (status, told) = say(at, "enqueue", json!({"params": {"x": x}})).await;
            assert_eq!((status, &told["recorded"]), (200, &json!(recorded)));
        }
        for wrong in [json!({"params": {"x": 2.0}}), json!({"params": {"y": 0.5}}), json!({"params": 3}), json!({})] {
            let (status, refused) = say(at, "enqueue", wrong).await;
            assert_eq!(status, 400, "{refused}");
        }
        for x in [0.0, 0.25] {
            let asked = ask(at, "w").await;
            assert_eq!(asked["params"]["x"], x);
            tell(at, &asked, 0.5).await;
        }
    });
}

#[test]
fn a_large_study_is_paged_through() {
    on_tokio(async {
        let clock = VirtualClock::new();
        let server = server(&clock, local(&clock)).await;
        let at = server.address();
        let mut many = parabola();
        (many["trials"], many["sampler"]) = (json!(25), json!("random"));
        post(at, "/v1/studies", many).await;
        loop {
            let asked = ask(at, "w").await;
            if asked["status"] == "finished" {
                break;
            }
            tell(at, &asked, 0.5).await;
        }
        let (mut numbers, mut pages, mut next) = (Vec::new(), 0, json!(0));
        while next != Value::Null {
            let (status, page) = read(at, &format!("{STUDY}?offset={next}&limit=10")).await;
            assert_eq!((status, &page["n_trials"], &page["counts"]["completed"]), (200, &json!(25), &json!(25)));
            numbers.extend(page["trials"].as_array().expect("a list").iter().map(|trial| trial["trial"].as_u64()));
            (pages, next) = (pages + 1, page["next"].clone());
        }
        assert_eq!((pages, numbers), (3, (0..25).map(Some).collect::<Vec<_>>()));
        for beyond in [25, 1_000_000, usize::MAX] {
            let page = read(at, &format!("{STUDY}?offset={beyond}")).await.1;
            assert_eq!((&page["trials"], &page["next"]), (&json!([]), &Value::Null), "{beyond}");
        }
    });
}
