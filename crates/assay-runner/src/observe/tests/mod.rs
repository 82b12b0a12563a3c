mod folding;
mod judging;
mod kept;
mod support;
