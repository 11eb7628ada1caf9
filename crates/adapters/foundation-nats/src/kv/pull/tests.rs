use super::*;

#[test]
fn a_delivery_tells_its_place() {
    let place = Some(Place { sequence: 17, number: 3, pending: 4 });
    assert_eq!(Place::parse("$JS.ACK.KV_a.c.1.17.3.1795286254702763468.4"), place);
    assert_eq!(Place::parse("$JS.ACK.hub.ACCOUNT.KV_a.c.1.17.3.1795286254702763468.4.rnd"), place);
    for wrong in ["", "_INBOX.x", "$JS.ACK.a.b.c", "$JS.ACK.KV_a.c.1.x.3.5.4"] {
        assert_eq!(Place::parse(wrong), None, "{wrong}");
    }
}
