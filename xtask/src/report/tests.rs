use super::render;
use super::simulation::Course;

#[test]
fn sample() {
    let mut course = Course::usual();
    course.dies_after = vec![20, 61];
    course.fails = Some((11, "the loss is not finite"));
    std::fs::write("/tmp/x.html", render(&course.log()).unwrap()).unwrap();
}

#[test]
fn zz_sample() {
    use foundation_core::port::entropy::RandomStream;
    let _ = RandomStream::new(0, 0);
    let mut course = Course::usual();
    course.dies_after = vec![20, 61];
    course.fails = Some((11, "the loss is not finite"));
    std::fs::write("/tmp/x.html", render(&course.log()).unwrap()).unwrap();
    let mut odd = Course::usual();
    odd.config.name = "a-very-long-name-of-a-study-that-somebody-typed-in-while-thinking".into();
    odd.config.slots = 9;
    odd.config.budget = 6000;
    odd.config.direction = mabeam::Direction::Minimize;
    odd.config.scheduler.rungs = vec![1, 2, 4, 8, 16, 32, 64, 128];
    odd.config.sampler = "random".into();
    odd.ends_after = 900;
    odd.dies_after = (0..60).map(|n| n * 13 + 4).collect();
    odd.config.space = mabeam::SearchSpace::builder()
        .log_float("learning_rate_of_the_first_layer", 1e-7, 3.0)
        .choice("optimizer", (0..20).map(|n| format!("optimizer number {n}")))
        .int("layers", 1, 4)
        .int("units", 1, 1_000_000)
        .float("x", -1e-9, 1e-9)
        .bool("bias")
        .float("y", 1e12, 1.0000001e12)
        .log_int("seq", 3, 5)
        .float("z1", 0.0, 1.0)
        .float("z2", -200.0, -1.0)
        .float("z3", 0.0, 1.0)
        .build()
        .unwrap();
    std::fs::write("/tmp/odd.html", render(&odd.log()).unwrap()).unwrap();
    let mut big = Course::usual();
    big.config.name = "big".into();
    big.config.slots = 100;
    big.config.budget = 40_000;
    big.config.sampler = "random".into();
    big.config.scheduler = mabeam::Asha::single_rung(4);
    std::fs::write("/tmp/big.html", render(&big.log()).unwrap()).unwrap();
    let mut empty = Course::usual();
    empty.config.name = "empty".into();
    let log = empty.log();
    std::fs::write("/tmp/empty.html", render(&log[..1]).unwrap()).unwrap();
    empty.fails = Some((
        1,
        "<script>alert(1)</script> the whole thing is broken, and that for a long reason that takes a lot of words",
    ));
    std::fs::write("/tmp/failed.html", render(&empty.log()).unwrap()).unwrap();
}
