/* Stands in for react-devtools-core, which Ink loads only on a developer's machine and which is not installed. */
export default { initialize() {}, connectToDevTools() {} };
