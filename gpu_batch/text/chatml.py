"""ChatML as a chat template, for bases that have none: system, tools, calls, results, thoughts.

Not a program. A module and not a file of its own, so that it is wherever the code is staged.
"""

from typing import Final

CHATML: Final = r"""{%- set ns = namespace(first=0) %}
{%- if messages[0].role == 'system' %}{%- set ns.first = 1 %}{%- endif %}
{%- if ns.first or tools %}
    {{- '<|im_start|>system\n' }}
    {%- if ns.first %}{{- messages[0].content }}{%- endif %}
    {%- if tools %}
        {{- ('\n\n' if ns.first else '') + '# Tools\n\nThese functions may be called:\n<tools>' }}
        {%- for tool in tools %}{{- '\n' + (tool | tojson) }}{%- endfor %}
        {{- '\n</tools>\n\nA call is a JSON object with its name and arguments within tags:\n<tool_call>\n' }}
        {{- '{"name": <name>, "arguments": <object>}\n</tool_call>' }}
    {%- endif %}
    {{- '<|im_end|>\n' }}
{%- endif %}
{%- for message in messages[ns.first:] %}
    {%- if message.role == 'tool' %}
        {%- if loop.first or loop.previtem.role != 'tool' %}{{- '<|im_start|>user' }}{%- endif %}
        {{- '\n<tool_response>\n' + message.content + '\n</tool_response>' }}
        {%- if loop.last or loop.nextitem.role != 'tool' %}{{- '<|im_end|>\n' }}{%- endif %}
    {%- elif message.role == 'assistant' %}
        {{- '<|im_start|>assistant\n' }}
        {%- generation %}
        {%- if message.reasoning_content %}
            {{- '<think>\n' + message.reasoning_content + '\n</think>\n\n' }}
        {%- endif %}
        {{- message.content }}
        {%- for call in message.tool_calls or [] %}
            {{- ('\n' if message.content or not loop.first else '') + '<tool_call>\n{"name": "' }}
            {{- call.function.name + '", "arguments": ' + (call.function.arguments | tojson) }}
            {{- '}\n</tool_call>' }}
        {%- endfor %}
        {{- '<|im_end|>' }}
        {%- endgeneration %}
        {{- '\n' }}
    {%- else %}
        {{- '<|im_start|>' + message.role + '\n' + message.content + '<|im_end|>\n' }}
    {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}{{- '<|im_start|>assistant\n' }}{%- endif %}
"""
