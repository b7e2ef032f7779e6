//! `refundry-wasm-bindgen MODULE FOLDER`: what the command `wasm-bindgen` does, in the version that
//! the module was compiled with.

use std::{env, process::ExitCode};

use wasm_bindgen_cli_support::Bindgen;

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [module, folder] = &arguments[..] else {
        eprintln!("Usage: refundry-wasm-bindgen MODULE FOLDER");
        return ExitCode::from(2);
    };
    match generate(module, folder) {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("{problem}");
            ExitCode::FAILURE
        }
    }
}

fn generate(module: &str, folder: &str) -> Result<(), Box<dyn std::error::Error>> {
    let mut bindgen = Bindgen::new();
    // The package says itself where its module is.
    bindgen.input_path(module).out_name("raw").omit_default_module_path(true).typescript(true);
    bindgen.web(true)?.generate(folder)?;
    Ok(())
}
