from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("shop", "0003_fill_region")]
    operations = [
        migrations.AddField(
            model_name="order",
            name="total",
            field=models.IntegerField(null=True),
        ),
    ]
