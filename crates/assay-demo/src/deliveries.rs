//! What really happened to deliveries, and what the model said they would take.
//!
//! Three things change, each on a day of its own or on one with the others: carriers swap their routes (the model is
//! wrong more often), a depot opens farther out (distances grow, a carrier is new), a scale breaks (weights are missing).

use crate::random::Random;
use crate::shop::DAY;

/// 2026-11-20, the day of the demo's clock.
pub(crate) const TODAY: i64 = 20_777;
/// Central European winter time is an hour ahead of UTC; the days of deliveries are days in Berlin.
const AHEAD: i64 = 3_600;

const WEEKDAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
const CARRIERS: &[(&str, u64)] =
    &[("nord", 30), ("post", 25), ("rapid", 15), ("blitz", 15), ("kurier", 10), ("velo", 5)];
const WAREHOUSES: &[(&str, u64)] = &[("HAM", 40), ("BER", 30), ("MUC", 20), ("LEJ", 10)];
const ITEMS: &[(&str, u64)] = &[("1", 40), ("2", 25), ("3", 15), ("4", 10), ("5", 6), ("6", 4)];

/// A delivery, with the prediction that was made when the order came.
#[derive(Debug)]
pub(crate) struct Delivery {
    pub distance_km: f64,
    pub items: i32,
    pub weight_kg: Option<f64>,
    pub carrier: &'static str,
    pub weekday: &'static str,
    pub hour: i32,
    pub warehouse: &'static str,
    pub is_gift: bool,
    pub basket_value: f64,
    pub hours: f64,
    pub hours_pred: f64,
    /// Seconds since 1970-01-01T00:00:00Z.
    pub predicted_at: i64,
}

/// What is different from when the model was trained.
#[derive(Debug, Clone, Copy, Default)]
struct World {
    depot_is_far: bool,
    carrier_is_new: bool,
    scale_is_broken: bool,
    routes_are_swapped: bool,
}

impl World {
    fn on(day: i64) -> World {
        let moved = day >= TODAY - 3;
        World {
            depot_is_far: moved,
            carrier_is_new: moved,
            scale_is_broken: moved,
            routes_are_swapped: day >= TODAY - 4,
        }
    }
}

/// The rows that the model was trained on: four quiet weeks in September.
pub(crate) fn training() -> Vec<Delivery> {
    let mut random = Random::new(4);
    let first = TODAY - 80;
    (0..28).flat_map(|nth| of_day(first + nth, 780, World::default(), &mut random)).collect()
}

/// The live rows of a day, by the time of the prediction: fewer at the weekend, as in training.
pub(crate) fn live(day: i64) -> Vec<Delivery> {
    let mut random = Random::new(5_000 + day as u64);
    let orders = 2_150 + random.below(100);
    of_day(day, orders, World::on(day), &mut random)
}

/// The deliveries of a day that has `orders` on weekdays and 7 of 10 at the weekend, in order of time.
fn of_day(day: i64, orders: u64, world: World, random: &mut Random) -> Vec<Delivery> {
    // 1970-01-01 was a Thursday
    let weekday = WEEKDAYS[(day + 3).rem_euclid(7) as usize];
    let orders = if matches!(weekday, "Sat" | "Sun") { orders * 7 / 10 } else { orders };
    // baskets are a little larger on some days than on others, which is nothing to report
    let wobble = 0.99 + 0.02 * random.share();
    let mut deliveries: Vec<Delivery> = (0..orders).map(|_| delivery(day, weekday, wobble, world, random)).collect();
    deliveries.sort_by_key(|delivery| delivery.predicted_at);
    deliveries
}

fn delivery(day: i64, weekday: &'static str, wobble: f64, world: World, random: &mut Random) -> Delivery {
    let farther = if world.depot_is_far { 1.6 } else { 1.0 };
    let distance_km = rounded((12.0 * (0.7 * random.normal()).exp() * farther).clamp(0.2, 150.0), 10.0);
    let items: i32 = random.pick(ITEMS).parse().unwrap_or(1);
    let weight = rounded(f64::from(items) * (0.4 + 1.6 * random.share()), 100.0);
    let unweighed = if world.scale_is_broken { 9 } else { 1 };
    let weight_kg = (random.below(100) >= unweighed).then_some(weight);
    let known = random.pick(CARRIERS);
    let is_new = random.below(100) < 3;
    let carrier = if is_new && world.carrier_is_new { "oststern" } else { known };
    let hour = ((random.share() + random.share()) * 12.0) as i32;
    let warehouse = random.pick(WAREHOUSES);
    let is_gift = random.below(100) < 8;
    let basket_value = rounded(f64::from(items) * (8.0 + 60.0 * random.share() * random.share()) * wobble, 100.0);

    let expected = 2.0 + 0.25 * distance_km + 0.2 * f64::from(items) + slowness(warehouse);
    let hours_pred = rounded(expected + slowness(carrier) + 0.4 * random.normal(), 100.0).max(0.5);
    let route = if world.routes_are_swapped { swapped(carrier) } else { carrier };
    let hours = rounded(expected + slowness(route) + 1.5 * random.normal(), 100.0).max(0.5);
    let predicted_at = day * DAY - AHEAD + i64::from(hour) * 3_600 + random.below(3_600) as i64;
    Delivery {
        distance_km,
        items,
        weight_kg,
        carrier,
        weekday,
        hour,
        warehouse,
        is_gift,
        basket_value,
        hours,
        hours_pred,
        predicted_at,
    }
}

/// Hours that a carrier or a warehouse adds.
fn slowness(of: &str) -> f64 {
    match of {
        "blitz" | "velo" => 0.0,
        "kurier" => 1.0,
        "nord" | "oststern" => 1.5,
        "post" => 2.5,
        "rapid" => 3.5,
        "HAM" => 0.5,
        "LEJ" => 1.5,
        _ => 0.0,
    }
}

/// Whose routes a carrier drives since the swap. Both have as many parcels, so that deliveries take as long on average.
fn swapped(carrier: &str) -> &str {
    match carrier {
        "rapid" => "blitz",
        "blitz" => "rapid",
        other => other,
    }
}

fn rounded(value: f64, to: f64) -> f64 {
    (value * to).round() / to
}
