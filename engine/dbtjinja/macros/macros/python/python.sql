{# The text that is appended to a Python model: dbt.ref, dbt.source, dbt.config and dbt.this, with every name resolved
   beforehand. What runs the model calls dbtObj with a function that loads a data frame by relation name. #}

{% macro resolve_model_name(input_model_name) %}
  {{ return(adapter.dispatch('resolve_model_name', 'dbt')(input_model_name)) }}
{% endmacro %}

{# bare of the quotes' meaning for Python #}
{% macro default__resolve_model_name(input_model_name) -%}
  {{ input_model_name | string | replace('"', '\"') }}
{%- endmacro %}

{# keys: name, package.name, name.v2, package.name.v2 #}
{% macro build_ref_function(model) %}
  {%- set relations = {} -%}
  {%- for call in model.refs -%}
    {%- set path = [call.get('package'), call['name']] if call.get('package') else [call['name']] -%}
    {%- set relation = ref(*path, v=call.get('version')) -%}
    {#- a project's own ref() may return text; a relation is rendered without --empty or --sample filters -#}
    {%- if relation.render is defined and relation.render is callable %}{% set relation = relation.render() %}{% endif -%}
    {%- set path = path + ['v' ~ call['version']] if call.get('version') else path -%}
    {%- do relations.update({path | join('.'): resolve_model_name(relation)}) -%}
  {%- endfor %}
def ref(*args, **kwargs):
    relations = {{ relations | tojson }}
    version = kwargs.get("v") or kwargs.get("version")
    name = ".".join([*args, f"v{version}"] if version else args)
    return kwargs.get("dbt_load_df_function")(relations[name])
{% endmacro %}

{% macro build_source_function(model) %}
  {%- set relations = {} -%}
  {%- for path in model.sources -%}
    {%- do relations.update({path | join('.'): resolve_model_name(source(*path))}) -%}
  {%- endfor %}
def source(*args, dbt_load_df_function):
    relations = {{ relations | tojson }}
    return dbt_load_df_function(relations[".".join(args)])
{% endmacro %}

{# The settings that the model's code asks for, with their defaults. #}
{% macro build_config_dict(model) %}
  {%- set settings = {} -%}
  {%- for key, default in zip(model.config.config_keys_used, model.config.config_keys_defaults) -%}
    {%- do settings.update({key: model.config.get(key, default)}) -%}
  {%- endfor -%}
  {%- set meta = {} -%}
  {%- if model.config.meta_keys_used -%}
    {%- set given = model.config.meta or {} -%}
    {%- for key, default in zip(model.config.meta_keys_used, model.config.meta_keys_defaults) -%}
      {%- do meta.update({key: given[key] if key in given else default}) -%}
    {%- endfor -%}
  {%- endif %}
config_dict = {{ settings }}
meta_dict = {{ meta }}
{% endmacro %}

{% macro py_script_postfix(model) %}
# The model ends here. Below is what dbt adds; copy it too to run the model by hand.
# COMMAND ----------
{{ build_ref_function(model) }}
{{ build_source_function(model) }}
{{ build_config_dict(model) }}

class config:
    def __init__(self, *args, **kwargs):
        pass

    @staticmethod
    def get(key, default=None):
        return config_dict.get(key, default)

    @staticmethod
    def meta_get(key, default=None):
        return meta_dict.get(key, default)


class this:
    """dbt.this, dbt.this.identifier"""
    database = "{{ this.database }}"
    schema = "{{ this.schema }}"
    identifier = "{{ this.identifier }}"

    def __repr__(self):
        return '{{ resolve_model_name(this) }}'


class dbtObj:
    def __init__(self, load_df_function) -> None:
        self.source = lambda *args: source(*args, dbt_load_df_function=load_df_function)
        self.ref = lambda *args, **kwargs: ref(*args, **kwargs, dbt_load_df_function=load_df_function)
        self.config = config
        self.this = this()
        self.is_incremental = {{ is_incremental() }}

# COMMAND ----------
{{ py_script_comment() }}
{% endmacro %}

{# for adapters to say how the script is run #}
{% macro py_script_comment() %}{% endmacro %}
