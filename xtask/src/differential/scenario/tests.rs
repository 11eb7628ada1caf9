use super::*;

fn small() -> Scenario {
    let worker = Leaf { id: 2, shutdown: Shutdown::Timeout(5), stubborn: true, starts: vec![(2, Start::Fails)] };
    let other = Leaf { id: 3, shutdown: Shutdown::BrutalKill, stubborn: false, starts: Vec::new() };
    let below = Branch {
        id: 1,
        strategy: Strategy::RestForOne,
        intensity: 1,
        period_s: 5,
        auto_shutdown: AutoShutdown::AnySignificant,
        children: vec![Child { restart: Restart::Transient, significant: true, node: Node::Leaf(worker) }],
    };
    let children = vec![
        Child { restart: Restart::Permanent, significant: false, node: Node::Branch(below.clone()) },
        Child { restart: Restart::Temporary, significant: false, node: Node::Leaf(other) },
    ];
    let root = Branch { id: 0, strategy: Strategy::OneForAll, auto_shutdown: AutoShutdown::Never, children, ..below };
    Scenario { number: 7, root, steps: vec![Step::Stop(3, How::Kill), Step::Wait { ms: 10 }] }
}

#[test]
fn a_scenario_is_a_term_that_erlang_reads() {
    assert_eq!(
        small().term(),
        "{tree,7,{supervisor,0,one_for_all,1,5,never,[\
         {permanent,infinity,false,{supervisor,1,rest_for_one,1,5,any_significant,[\
         {transient,5,true,{worker,2,true,[{2,fails}]}}]}},\
         {temporary,brutal_kill,false,{worker,3,false,[]}}]},\
         [{stop,3,kill},{wait,10}]}.\n"
    );
}

#[test]
fn a_scenario_is_drawn_as_a_tree() {
    assert_eq!(
        small().to_string(),
        "s0 one_for_all, 1 in 5 s, auto_shutdown never
├─ s1 rest_for_one, 1 in 5 s, auto_shutdown any_significant, permanent
│  └─ w2 transient, significant, shutdown 5 but never stops when asked, start 2 fails
└─ w3 temporary, shutdown brutal_kill
"
    );
}

#[test]
fn a_name_says_what_a_process_is() {
    assert_eq!([0, 1, 2, 3].map(|id| small().name(id)), ["s0", "s1", "w2", "w3"]);
}
