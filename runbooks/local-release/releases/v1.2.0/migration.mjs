/** Schema 3: every order names its currency. Both directions leave all other fields as they are. */
export const schema = 3;

export function up(order) {
  return { ...order, currency: 'EUR' };
}

export function down({ currency: _, ...order }) {
  return order;
}
