//! Every profile that is built in, broken profiles, and the words of every encoding.

mod it {
    mod broken;
    mod catalogue;
    mod words;
}
