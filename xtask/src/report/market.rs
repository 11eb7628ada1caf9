//! The market of a team: what starts cost, where the money was, and what each sampler made of it.

use mabeam::{Allocation, Market, Record};
use maud::{Markup, html};

use super::books::{Books, Moment};
use super::chart::{Axis, Chart, Px, left_out, path, thinned, wide};
use super::legend::{self, Entry, Mark};
use super::notation::{count, counted};
use super::proposer::Proposer;
use super::scale::Scale;
use super::story::Story;

/// How many prices are drawn at most.
const MOST_DOTS: usize = 4_000;
/// How many samplers get a line and a row at most.
const MOST_MEMBERS: usize = 16;
const WIDTH: f64 = 860.0;
const HEIGHT: f64 = 260.0;

/// Draws the section; nothing where the team has no market.
pub(super) fn draw(story: &Story) -> Markup {
    html! {
        @if let (Some(market), Some(books)) = (story.state.market(), &story.books) {
            section {
                h2 { "Market" }
                p { (terms(market)) }
                (sum(market, books))
                @if market.terms().allocation == Allocation::SecondPrice {
                    @if books.sales.is_empty() {
                        p.note { "No start was sold." }
                    } @else {
                        (prices(story, market, books))
                        (balances(story, market, books))
                    }
                }
                (accounts(story, market))
            }
        }
    }
}

fn terms(market: &Market) -> String {
    let terms = market.terms();
    let members = counted(terms.members.into(), "sampler");
    let rule = match terms.allocation {
        Allocation::SecondPrice => {
            let turn = if terms.turn == 0 {
                String::new()
            } else {
                format!(" One start in {} is not sold but given in turn.", terms.turn)
            };
            return format!(
                "Each start of a trial was offered to {members}, went to the highest bid and cost the second highest. Each \
                 sampler began with {}. The price goes into escrow, to the house once the trial has shown a result, and \
                 back if it never does; the house pays whoever's trials are promoted.{turn}",
                counted(terms.credit, "unit")
            );
        }
        Allocation::Bandit => "to samplers whose trials were promoted more often, by Thompson sampling",
        Allocation::RoundRobin => "to each sampler in turn",
        Allocation::EqualSplit => "to the sampler whose trials have cost least so far",
    };
    format!("Starts of trials were given {rule} ({members}). Nothing was sold; promotions are noted all the same.")
}

/// Whether the money added up, computed from the log after each event.
fn sum(market: &Market, books: &Books) -> Markup {
    let minted = counted(market.ledger().minted(), "unit");
    html! {
        p {
            @if books.unequal == 0 {
                b { "Sum of all accounts = minted: " (minted) }
                ", added up after each of " (counted(books.checked, "event")) " of the market."
            } @else {
                b.bad { "The accounts do not add up" } " after " (count(books.unequal)) " of "
                (counted(books.checked, "event")) " of the market: the sum was not the " (minted) " that were minted."
            }
        }
    }
}

fn rounds(market: &Market) -> Axis {
    Axis::new(Scale::linear(0.0, market.round().max(1) as f64), 9, "starts of trials")
}

/// Which members get a line.
fn members(market: &Market) -> Vec<u32> {
    (0..market.records().len().min(MOST_MEMBERS) as u32).collect()
}

fn prices(story: &Story, market: &Market, books: &Books) -> Markup {
    let highest = books.sales.iter().map(|sale| sale.price).max().unwrap_or(0);
    let chart = Chart::new(
        WIDTH,
        HEIGHT,
        rounds(market),
        Axis::new(Scale::linear(0.0, highest.max(1) as f64), 6, "price (units)"),
    );
    let dots = thinned(books.sales.iter().collect(), MOST_DOTS);
    let name = |member: u32| Proposer::Member(member).name(story.state.config());
    let inside = html! {
        @for sale in &dots {
            circle.dot.(Proposer::Member(sale.winner).class()) cx=(Px(chart.x(sale.round as f64)))
                cy=(Px(chart.y(sale.price as f64))) r="3" {
                title { "start " (sale.round) ": " (name(sale.winner)) " paid " (count(sale.price)) }
            }
        }
    };
    let entries: Vec<Entry> = members(market)
        .into_iter()
        .map(|member| (Proposer::Member(member).class(), Mark::Dot(4.0), name(member).to_owned()))
        .collect();
    html! {
        h3 { "Price of each start" }
        p.what { "The colour says who bought it." }
        (legend::legend(&entries))
        (wide(WIDTH, &chart.draw("The price of each start that was sold", &inside)))
        (left_out(dots.len(), books.sales.len(), "prices", "evenly chosen ones"))
    }
}

fn balances(story: &Story, market: &Market, books: &Books) -> Markup {
    // The last event may not be among those that were kept.
    let now = Moment::of(market, books.checked);
    let moments: Vec<&Moment> = books.moments.iter().chain([&now]).collect();
    let units = moments.iter().flat_map(|moment| moment.balances.iter().chain([&moment.house, &moment.escrow]));
    let highest = units.max().copied().unwrap_or(0);
    let chart = Chart::new(
        WIDTH,
        HEIGHT + 60.0,
        Axis::new(Scale::linear(0.0, books.checked.max(1) as f64), 9, "events of the market"),
        Axis::new(Scale::linear(0.0, highest.max(1) as f64), 6, "units"),
    );
    let members = members(market);
    let line = |class: &str, name: &str, of: &dyn Fn(&Moment) -> u64| {
        let points = moments.iter().map(|moment| (chart.x(moment.events as f64), chart.y(of(moment) as f64)));
        html! { path.line.(class) d=(path(points)) { title { (name) } } }
    };
    let member_of = |member: u32| Proposer::Member(member);
    let inside = html! {
        (line("escrow", "escrow", &|moment| moment.escrow))
        (line("house", "house", &|moment| moment.house))
        @for member in &members {
            (line(member_of(*member).class(), member_of(*member).name(story.state.config()), &|moment| {
                moment.balances.get(*member as usize).copied().unwrap_or(0)
            }))
        }
    };
    let mut entries: Vec<Entry> = members
        .iter()
        .map(|member| {
            (member_of(*member).class(), Mark::Line, member_of(*member).name(story.state.config()).to_owned())
        })
        .collect();
    entries.push(("house", Mark::Line, "house".to_owned()));
    entries.push(("escrow", Mark::Line, "escrow (paid, no result yet)".to_owned()));
    html! {
        h3 { "Balances" }
        p.what { "After each event of the market: a start, the result of one, a promotion that is paid." }
        (legend::legend(&entries))
        (wide(WIDTH, &chart.draw("What each sampler, the house and escrow had after each event", &inside)))
        (left_out(members.len(), market.records().len(), "samplers", "the first ones"))
    }
}

fn accounts(story: &Story, market: &Market) -> Markup {
    let shown = members(market);
    let is_sold = market.terms().allocation == Allocation::SecondPrice;
    let ledger = market.ledger();
    html! {
        h3 { "Accounts" }
        div.wide {
            table.numbers {
                thead {
                    tr {
                        th { "sampler" } th { "starts" } th { "promotions" } th { "epochs" }
                        @if is_sold {
                            th { "bought" } th { "paid" } th { "taken by the house" } th { "earned" } th { "balance" }
                        }
                    }
                }
                tbody {
                    @for member in &shown {
                        @let record = &market.records()[*member as usize];
                        tr {
                            td { (Proposer::Member(*member).name(story.state.config())) }
                            td.number { (count(record.starts)) }
                            td.number { (promotions(record)) }
                            td.number { (count(record.cost)) }
                            @if is_sold {
                                td.number { (count(record.bought)) }
                                td.number { (count(record.spent)) }
                                td.number { (count(record.levied)) }
                                td.number { (count(record.income)) }
                                td.number { (count(ledger.balances()[*member as usize])) }
                            }
                        }
                    }
                    @if is_sold {
                        tr { td { "house" } td colspan="7" {} td.number { (count(ledger.house())) } }
                        tr { td { "escrow" } td colspan="7" {} td.number { (count(ledger.escrow())) } }
                        tr.sum { td { "together" } td colspan="7" {} td.number { (count(ledger.total())) } }
                    }
                }
            }
        }
        p.note {
            "Promotions by the rung they began from. Epochs: what the starts and promotions of a sampler cost the study."
        }
        (left_out(shown.len(), market.records().len(), "samplers", "the first ones"))
    }
}

/// "12 + 4 + 1", from the lowest rung on.
fn promotions(record: &Record) -> String {
    if record.promotions.is_empty() {
        return "0".to_owned();
    }
    record.promotions.iter().map(|promotions| count(*promotions)).collect::<Vec<_>>().join(" + ")
}
