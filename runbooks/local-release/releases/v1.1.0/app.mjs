/** Orders v1.1.0: an order has a total. */
export const version = 'v1.1.0';
export const schema = 2;

export function problem(data) {
  return data.schema < schema ? `the data has schema ${data.schema}, this version needs ${schema}` : null;
}

/** Rows that the previous version wrote while the release went on have no total yet. */
export function present({ id, item, quantity, price, total = quantity * price }) {
  return { id, item, quantity, price, total };
}
