mod contracts;
mod labels;
mod matchers;
mod monitors;
mod people;
mod properties;
mod rules;
mod support;
