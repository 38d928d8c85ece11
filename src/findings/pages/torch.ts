import type { torchFindings } from '../torch.ts'
import type { Pages } from './page.ts'

export const torchPages: Pages<typeof torchFindings> = {
  'torch/device': {
    claim: 'The tensors are loaded to where any machine has a place for them',
    why: 'torch.load puts each storage back on the device it was on when it was saved, and fails where there is none, unless map_location names another.',
    case: 'Weights saved on a GPU and loaded on a laptop: "Attempting to deserialize object on a CUDA device but torch.cuda.is_available() is False".',
    fix: 'load with map_location="cpu", or move the model to the CPU before saving it',
  },
  'torch/key-type': {
    claim: 'Every key of the state dict is a text',
    why: 'load_state_dict goes by names; an entry under a number or another object is passed over.',
    case: 'Optimizer states have numbers as keys, models have not.',
    fix: 'save the state dict with string keys',
  },
  'torch/location': {
    claim: 'Every storage is at a place that torch knows',
    why: 'torch.load puts each storage back where it was when it was saved. At a place that it does not know it fails, unless map_location names another.',
    case: 'A checkpoint saved on an NPU or a TPU fails on every other machine: "don\'t know how to restore data location" (torch/serialization.py).',
    fix: 'move the model to the CPU before saving it, or load with map_location="cpu" and save again',
  },
  'torch/module-attributes': {
    claim: 'Every tensor of a pickled module is a parameter or a buffer',
    why: 'A plain attribute is saved with a whole module, and state_dict() of torch.nn.Module leaves it out: it is lost when only state_dict() is saved, and it stays where it is when the module moves to a device.',
    case: 'The strides and anchors of YOLO heads, which are plain tensors of their modules (ultralytics/yolov5).',
    fix: 'register the tensor with register_buffer',
  },
  'torch/no-tensors': {
    claim: 'The file holds tensors',
    why: 'A file of torch.save without any tensor loads and changes nothing.',
    case: 'Adapters of 443 bytes that held a configuration and no weights (mikeybellissimo/LoRA-MPT #5).',
    fix: 'save the state dict of the model',
  },
  'torch/old-text': {
    claim: 'Every text in the pickle is UTF-8',
    why: 'Python 2 wrote text and bytes alike, in whatever encoding it had. Python 3 reads them as UTF-8, and torch.load fails at the first that is not, weights_only or not.',
    case: 'Checkpoints of 2017 that hold a path or an author with an accent: UnicodeDecodeError (pytorch/pytorch #21743, lfz/DSB2017 #14).',
    fix: 'load the file with encoding="latin1" and save it again',
  },
  'torch/oversized-storage': {
    claim: 'Every storage is as large as its tensors',
    why: 'torch.save writes the whole storage of a view: ten rows of a large tensor, saved without clone(), take the size of the large one, and carry data nobody meant to publish.',
    case: 'torch documents it: saving a view saves the storage it is a view of, unless it is cloned first.',
    fix: 'clone views before saving: {name: tensor.clone() for name, tensor in state.items()}',
  },
  'torch/pickle-protocol': {
    claim: 'The pickle is of a protocol that exists',
    why: 'An unknown protocol means a writer nobody knows, or damage.',
    case: 'torch writes protocol 2.',
    fix: 'save the file again with torch.save',
  },
  'torch/pickle-trailing-bytes': {
    claim: 'Nothing follows the end of the pickle',
    why: 'torch does not read it, so nobody notices what is there.',
    case: 'Payloads for scanners and other loaders have been put behind the end.',
    fix: 'save the file again with torch.save',
  },
  'torch/refused': {
    claim: 'torch loads the file',
    why: 'torch reads a few records of the archive before anything else, and refuses the file when one is not as it expects: without "version", with a version it does not know, with an alignment that is no number. Its reader of the older layout fails on untyped storages, which is how float8 and other new types are saved.',
    case: 'Archives packed again with a zip tool lose "version". Saving float8 with _use_new_zipfile_serialization=False writes a file that torch itself cannot load.',
    fix: 'save the file again with torch.save',
  },
  'torch/trailing-bytes': {
    claim: 'Nothing follows the last storage',
    why: 'No loader reads it, so nobody notices what is there.',
    case: 'Uploads glued together, and files written over longer ones.',
    fix: 'save the file again with torch.save',
  },
  'torch/unfollowed': {
    claim: 'What torch would load is what is shown',
    why: 'A pickle is a program. torch carries it out, and sdinspect follows it without: where it does what is not followed exactly, torch may load other tensors than a report lists, and a reviewer looks at the wrong ones.',
    case: 'BUILD on a finished tensor gives it other values and another shape in torch.load(weights_only=True), and fails in weights_only=False.',
    fix: 'load the file in a sandbox with torch.load(weights_only=True) and save what comes out again',
  },
  'torch/unlisted-tensors': {
    claim: 'Every tensor that the file builds is in a state dict',
    why: 'A tensor that is only an argument of some call, a key, or part of an object of a class of its own is loaded with the file, and nothing here says more of it.',
    case: 'Averaged weights inside a helper object of a training library, which a look at the state dicts misses.',
    fix: 'save the tensors in a dict with names',
  },
  'torch/unread-member': {
    claim: 'Every pickle in the file can be read',
    why: 'What a pickle runs before it breaks has run, and a loader may read on where a stricter reader stops.',
    case: 'Exported programs keep example inputs in a pickle that torch.export.load loads with the program.',
    fix: 'save the file again, without what is broken in it',
  },
  'torch/unread-tensors': {
    claim: 'Every tensor of a state dict is of a kind that is read',
    why: 'A tensor of an element type or a class that is not known here, or whose parts do not fit together, is listed by its name and is in no count: what is said of the checkpoint is said without it.',
    case: 'Tensors of torch.int3, which torch saves and loads and no other reader knows.',
    fix: 'look at these tensors with torch itself',
  },
  'torch/unused-storage': {
    claim: 'Every storage belongs to a tensor',
    why: 'A storage no tensor uses is size without use, or a tensor in a part of the file that was not recognised.',
    case: 'Checkpoints of training runs keep generator states and buffers of custom classes.',
    fix: 'save only the state dict',
  },
  'torch-distributed/chunks': {
    claim: 'Every chunk holds what .metadata says, in bytes of its own',
    why: 'torch.distributed.checkpoint copies what it finds at a place into the box of the tensor that .metadata names: of another shape it fails late, of the same shape it loads the wrong weights.',
    case: 'A .metadata of one run beside the data files of another: each file is there, and none holds what is said of it.',
    fix: 'save the checkpoint again',
  },
  'torch-distributed/missing-file': {
    claim: 'Every file that .metadata names can be read',
    why: 'What is in a file that is not there is never loaded, or loading fails on every rank.',
    case: 'Checkpoints copied while ranks were still writing lack the files of some.',
    fix: 'copy all *.distcp files of the folder',
  },
  'torch-distributed/short-file': {
    claim: 'Every file is as long as .metadata says',
    why: 'The file ends before the tensors that are said to be in it.',
    case: 'Checkpoints copied while ranks were still writing are cut off.',
    fix: 'copy the file again',
  },
  'torch-distributed/stray-file': {
    claim: '.metadata names every *.distcp file of the folder',
    why: 'A file that it does not name is of another save: of more ranks, or one that was copied halfway. Nothing loads it, and nobody misses it.',
    case: 'A run on fewer ranks saves into the folder of a run on more, whose last files stay.',
    fix: 'save into an empty folder, or remove the file',
  },
  'torch-distributed/unnamed-bytes': {
    claim: 'Every byte of a *.distcp file belongs to something that .metadata names',
    why: 'Nothing loads what .metadata does not name: it is left of a longer save, or was put there to be carried along unseen.',
    case: 'A save that was written over a longer one on storage that does not cut files, or two files joined by a copy.',
    fix: 'save into an empty folder, or cut the file where .metadata says that it ends',
  },
  'torch-distributed/wrong-parts': {
    claim: 'The parts of every tensor make the whole of it',
    why: 'Parts that leave a hole or lie on each other: what is loaded there is what was in memory, or depends on the order of reading.',
    case: 'A .metadata that was merged by hand from those of several ranks, or is of another run than its files.',
    fix: 'save the checkpoint again, from all ranks at once',
  },
  'torchscript/frozen': {
    claim: 'A TorchScript module records its parameters',
    why: 'torch.jit.freeze makes constants of the weights: they cannot be trained or loaded into another module any more.',
    case: 'torch.jit.freeze documents it.',
    fix: 'keep the module from before freezing, if it is to be trained',
  },
  'pickle/trailing-bytes': {
    claim: 'Nothing follows the end of the pickle',
    why: 'No loader reads it, so nobody notices what is there.',
    case: 'Payloads for other readers have been put behind the end.',
    fix: 'write the file again',
  },
}
