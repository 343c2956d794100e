/** Orders v1.0.0: lists orders as they were placed. */
export const version = 'v1.0.0';
export const schema = 1;

/** A newer schema only adds to an order, so this version serves it too. */
export function problem(data) {
  return data.schema < schema ? `the data has schema ${data.schema}, this version needs ${schema}` : null;
}

export function present({ id, item, quantity, price }) {
  return { id, item, quantity, price };
}
