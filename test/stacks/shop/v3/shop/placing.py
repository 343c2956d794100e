from shop.models import Order


def place(item):
    # Only a request that places an order shows that a text has no prices: every other page works.
    return Order.objects.create(item=item, region="eu", total=sum(item.prices))
