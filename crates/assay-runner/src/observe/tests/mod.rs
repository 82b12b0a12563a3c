mod folding;
mod judging;
mod support;
