#!/usr/bin/env node
// SPDX-License-Identifier: Apache-2.0
//
// A command-line `solc` around the WebAssembly build of the compiler, for machines that cannot download the
// native one. It speaks the subset of solc's interface that py-solc-x, ape, slither and forge use:
// `--version`, `--standard-json` (with `--base-path`, `--include-path` and `--allow-paths`) and `--combined-json`.
//
// The compiler itself (soljson) is read from `soljson-v<version>.js` beside this file.

"use strict";

const fs = require("fs");
const path = require("path");

const VERSION_OF_FILE = /v(\d+\.\d+\.\d+)$/;

function loadCompiler() {
  const named = VERSION_OF_FILE.exec(path.basename(__filename));
  const version = named ? named[1] : process.env.SOLJSON_VERSION;
  const file = path.join(__dirname, `soljson-v${version}.js`);
  if (!fs.existsSync(file)) {
    fail(`compiler not found: ${file}; run the project's set-up again`);
  }
  return require(file);
}

function fail(message) {
  process.stderr.write(`Error: ${message}\n`);
  process.exit(1);
}

/** Writes everything, also to a pipe whose reader is slow: a plain write may be cut by process.exit. */
function writeAll(descriptor, text) {
  const bytes = Buffer.from(text, "utf8");
  let offset = 0;
  while (offset < bytes.length) {
    try {
      offset += fs.writeSync(descriptor, bytes, offset, bytes.length - offset);
    } catch (error) {
      if (error.code !== "EAGAIN") throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
    }
  }
}

/** Copies text into the compiler's heap with its own allocator; the stack is too small for large inputs. */
function toHeap(soljson, text) {
  const bytes = Buffer.from(text, "utf8");
  const pointer = soljson._solidity_alloc(bytes.length + 1);
  soljson.HEAPU8.set(bytes, pointer);
  soljson.HEAPU8[pointer + bytes.length] = 0;
  return pointer;
}

function fromHeap(soljson, pointer) {
  const heap = soljson.HEAPU8;
  let end = pointer;
  while (heap[end] !== 0) end++;
  return Buffer.from(heap.subarray(pointer, end)).toString("utf8");
}

/**
 * Where sources may be read from, symbolic links resolved: base and include paths, their `node_modules` (which may be
 * a link to a shared installation), and what `--allow-paths` or the command line names. An import decides nothing
 * about the machine it is compiled on, so it must not be able to read the rest of it.
 */
function allowedFolders(options) {
  const named = [
    ...options.roots,
    ...options.allowed,
    ...options.files.map((file) => path.dirname(path.resolve(file))),
  ];
  const folders = [...named, ...options.roots.map((root) => path.join(root, "node_modules"))];
  return folders.filter((folder) => fs.existsSync(folder)).map((folder) => fs.realpathSync(folder));
}

function isInside(file, folder) {
  const relative = path.relative(folder, file);
  return relative !== "" && relative !== ".." && !relative.startsWith(`..${path.sep}`) && !path.isAbsolute(relative);
}

/** Resolves a source unit name as solc does: under the base path first, then under each include path. */
function readSource(name, { roots, folders }) {
  const stripped = name.replace(/^file:\/\//, "");
  const candidates = path.isAbsolute(stripped) ? [stripped] : roots.map((root) => path.join(root, stripped));
  const found = candidates.find((candidate) => fs.statSync(candidate, { throwIfNoEntry: false })?.isFile());
  if (!found) return { error: `File not found: ${name}` };
  const real = fs.realpathSync(found);
  if (!folders.some((folder) => isInside(real, folder)))
    return { error: `File outside of allowed directories: ${name}` };
  return { contents: fs.readFileSync(real, "utf8") };
}

function compile(soljson, input, places) {
  const callback = soljson.addFunction((context, kind, data, contents, error) => {
    const result =
      fromHeap(soljson, kind) === "source"
        ? readSource(fromHeap(soljson, data), places)
        : { error: "only source files are served" };
    const [slot, text] = "contents" in result ? [contents, result.contents] : [error, result.error];
    const pointer = toHeap(soljson, text);
    new DataView(soljson.HEAPU8.buffer).setUint32(slot, pointer, true);
  }, "viiiii");
  const output = fromHeap(soljson, soljson._solidity_compile(toHeap(soljson, input), callback, 0));
  soljson.removeFunction(callback);
  soljson._solidity_reset();
  return output;
}

/** Inlines sources that are given by path, as the native compiler does for `urls`. */
function inlineSources(input, places) {
  for (const [name, source] of Object.entries(input.sources ?? {})) {
    if (source.content !== undefined || !source.urls) continue;
    for (const url of [...source.urls, name]) {
      const read = readSource(url, places);
      if (read.contents !== undefined) {
        source.content = read.contents;
        delete source.urls;
        break;
      }
    }
  }
}

/**
 * Node ids of built-in declarations are negative. The WebAssembly build prints them as unsigned 32-bit numbers,
 * which analysers take for unknown nodes.
 */
function signDeclarationIds(node) {
  if (Array.isArray(node)) {
    node.forEach(signDeclarationIds);
    return;
  }
  if (node === null || typeof node !== "object") return;
  for (const [key, value] of Object.entries(node)) {
    if (key === "referencedDeclaration" && value > 0x7fffffff) node[key] = value - 0x100000000;
    else if (key === "overloadedDeclarations") node[key] = value.map((id) => (id > 0x7fffffff ? id - 0x100000000 : id));
    else signDeclarationIds(value);
  }
}

function standardJson(soljson, options, text) {
  let input;
  try {
    input = JSON.parse(text);
  } catch (error) {
    fail(`standard input is not JSON: ${error.message}`);
  }
  const places = { roots: options.roots, folders: allowedFolders(options) };
  inlineSources(input, places);
  const output = JSON.parse(compile(soljson, JSON.stringify(input), places));
  for (const source of Object.values(output.sources ?? {})) signDeclarationIds(source.ast);
  return output;
}

const COMBINED_OUTPUTS = {
  abi: ["abi"],
  ast: [],
  bin: ["evm.bytecode.object"],
  "bin-runtime": ["evm.deployedBytecode.object"],
  srcmap: ["evm.bytecode.sourceMap"],
  "srcmap-runtime": ["evm.deployedBytecode.sourceMap"],
  userdoc: ["userdoc"],
  devdoc: ["devdoc"],
  hashes: ["evm.methodIdentifiers"],
};

function combinedJson(soljson, options) {
  const wanted = options.combinedJson.split(",").filter((name) => name in COMBINED_OUTPUTS);
  const input = {
    language: "Solidity",
    sources: Object.fromEntries(
      options.files.map((file) => [file, { content: fs.readFileSync(path.resolve(file), "utf8") }]),
    ),
    settings: {
      remappings: options.remappings,
      optimizer: { enabled: options.optimize, runs: options.optimizeRuns },
      viaIR: options.viaIR || undefined,
      evmVersion: options.evmVersion,
      outputSelection: { "*": { "*": wanted.flatMap((name) => COMBINED_OUTPUTS[name]), "": ["ast"] } },
    },
  };
  const output = standardJson(soljson, options, JSON.stringify(input));
  const errors = (output.errors ?? []).filter((error) => error.severity === "error");
  if (errors.length) fail(errors.map((error) => error.formattedMessage).join("\n"));
  for (const warning of output.errors ?? []) process.stderr.write(`${warning.formattedMessage}\n`);

  const pick = (contract, name) => {
    switch (name) {
      case "bin":
        return contract.evm.bytecode.object;
      case "bin-runtime":
        return contract.evm.deployedBytecode.object;
      case "srcmap":
        return contract.evm.bytecode.sourceMap;
      case "srcmap-runtime":
        return contract.evm.deployedBytecode.sourceMap;
      case "hashes":
        return contract.evm.methodIdentifiers;
      default:
        return contract[name];
    }
  };
  const contracts = {};
  for (const [file, inFile] of Object.entries(output.contracts ?? {})) {
    for (const [name, contract] of Object.entries(inFile)) {
      contracts[`${file}:${name}`] = Object.fromEntries(
        wanted.filter((item) => item !== "ast").map((item) => [item, pick(contract, item)]),
      );
    }
  }
  const sources = Object.fromEntries(Object.entries(output.sources).map(([file, { ast }]) => [file, { AST: ast }]));
  return { contracts, sourceList: Object.keys(sources), sources, version: versionOf(soljson) };
}

/** `0.8.36+commit.xxxxxxxx.Linux.g++`: tools recognise the native build's platform tag only. */
function versionOf(soljson) {
  return fromHeap(soljson, soljson._solidity_version()).replace(".Emscripten.clang", ".Linux.g++");
}

function parse(argv) {
  const options = { roots: [], allowed: [], files: [], remappings: [], optimize: false, optimizeRuns: 200 };
  const value = (index) => argv[index + 1] ?? fail(`${argv[index]} needs a value`);
  for (let index = 0; index < argv.length; index++) {
    const argument = argv[index];
    if (argument === "--version") options.version = true;
    else if (argument === "--standard-json") options.standardJson = true;
    else if (argument === "--base-path" || argument === "--include-path") options.roots.push(value(index++));
    else if (argument === "--combined-json") options.combinedJson = value(index++);
    else if (argument === "--optimize") options.optimize = true;
    else if (argument === "--optimize-runs") options.optimizeRuns = Number(value(index++));
    else if (argument === "--via-ir") options.viaIR = true;
    else if (argument === "--evm-version") options.evmVersion = value(index++);
    else if (argument === "--allow-paths") options.allowed.push(...value(index++).split(",").filter(Boolean));
    else if (argument.startsWith("--")) continue;
    else if (argument.includes("=")) options.remappings.push(argument);
    else if (argument !== "-") options.files.push(argument);
  }
  if (options.roots.length === 0) options.roots.push(process.cwd());
  return options;
}

function main() {
  const options = parse(process.argv.slice(2));
  const soljson = loadCompiler();
  if (options.version) {
    writeAll(1, `solc, the solidity compiler commandline interface\nVersion: ${versionOf(soljson)}\n`);
  } else if (options.standardJson) {
    const text = fs.readFileSync(options.files[0] ?? 0, "utf8");
    writeAll(1, JSON.stringify(standardJson(soljson, options, text)));
  } else if (options.combinedJson) {
    writeAll(1, JSON.stringify(combinedJson(soljson, options)));
  } else {
    fail("use --version, --standard-json or --combined-json");
  }
}

main();
