//! Turns the grammars of this folder into parsers, when the `compile` feature asks for them.

fn main() {
    println!("cargo::rerun-if-changed=grammar");
    #[cfg(feature = "compile")]
    lalrpop::Configuration::new()
        .set_in_dir("grammar")
        .set_out_dir(std::env::var_os("OUT_DIR").expect("cargo sets OUT_DIR for build scripts"))
        .emit_rerun_directives(true)
        .process()
        .expect("the grammars in grammar/ are valid");
}
